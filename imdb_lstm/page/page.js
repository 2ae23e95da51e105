// What is asked and heard: the network works in a Web Worker, made of another element of the page.
"use strict";

const shown = { text: {}, left: {}, right: {}, table: {} }; // channel → its last question and answers
let asked = 0;
const worker = new Worker(URL.createObjectURL(new Blob([by("worker").textContent], { type: "text/javascript" })));
worker.onmessage = ({ data }) => (data.kind === "ready" ? ready() : heard(data));
worker.onerror = ({ message }) => (by("state").textContent = `The network cannot be loaded: ${message}`);
worker.postMessage({ kind: "load", settings: by("settings").textContent, weights: by("weights").textContent });
by("weights").remove();

function ready() {
  by("state").textContent = "";
  by("state").hidden = true;
  document.documentElement.dataset.ready = "";
  fromAddress();
  for (const channel of ["text", "left", "right"]) ask(channel);
}

function ask(channel) {
  const state = shown[channel];
  state.number = ++asked;
  state.text = by(channel).value;
  worker.postMessage({ kind: "answer", channel, number: state.number, text: state.text });
}

/** Take an answer in, unless a newer question has been asked. */
function heard(found) {
  const { kind, channel, number } = found;
  const state = shown[channel];
  if (number !== state.number) return;
  if (kind === "row") return addRow(found);
  if (kind === "table done") return tableDone();
  if (kind === "answer") {
    state.marks = carried(state, found);
    state.prefix = null;
    state.gates = null;
    clearTimeout(state.waiting);
  }
  state[kind] = found;
  if (kind === "answer") showVerdict(channel, found);
  if (kind === "answer" || kind === "marks") showMarks(channel);
  if (channel === "text") {
    if (kind === "answer") showLayers(found);
    if (kind === "prefix") showCurve(state);
    if (kind === "gates") soon(state, () => showGates(state));
    if (kind === "marks" || kind === "prefix") showTable(state);
    if (kind === "answer") document.documentElement.dataset.answered = number; // for programs
    if (kind === "marks" && found.done) document.documentElement.dataset.marked = number;
  } else if (kind === "marks" && shown.left.marks && shown.right.marks) showDifference();
}

/** Draw what is far down the page only when no key has come for a moment. */
function soon(state, draw) {
  clearTimeout(state.waiting);
  state.waiting = setTimeout(draw, 150);
}

/** The contributions of the words that were there before, until those of the new text are known. */
function carried(before, { words }) {
  if (!before.answer || !before.marks) return null;
  const old = before.answer.words;
  const values = new Array(words.length).fill(0);
  let start = 0;
  while (start < Math.min(old.length, words.length) && old[start].token === words[start].token) {
    values[start] = before.marks.values[start++];
  }
  for (let end = 1; end <= Math.min(old.length, words.length) - start && old.at(-end).token === words.at(-end).token; end++) {
    values[words.length - end] = before.marks.values[old.length - end];
  }
  return { values, pending: true };
}

// ---- What the reader does

/** The text after #text= in the address. */
function fromAddress() {
  const [, text] = /^#text=(.*)$/s.exec(location.hash) ?? [];
  if (text === undefined) return;
  try {
    by("text").value = decodeURIComponent(text);
  } catch {
    by("text").value = text; // no address that this page has made
  }
}

by("clear").addEventListener("click", () => {
  by("text").value = "";
  ask("text");
  by("text").focus();
});
for (const channel of ["text", "left", "right"]) by(channel).addEventListener("input", () => ask(channel));
by("gates-layer").addEventListener("change", () => askGates(null));
by("gates-unit").addEventListener("input", ({ target }) => target.validity.valid && target.value && askGates(Number(target.value)));
by("gates-word").addEventListener("input", showWord);
by("gates").addEventListener("click", ({ offsetX }) => {
  const word = by("gates-word");
  word.value = Math.floor((offsetX - SIDE) / COLUMN) + 1; // the browser keeps it in its bounds
  showWord();
});
by("many-go").addEventListener("click", answerAll);
by("many-save").addEventListener("click", saveTable);
for (const button of document.querySelectorAll(".example")) {
  button.addEventListener("click", () => {
    by("text").value = button.textContent;
    ask("text");
    by("section-text").scrollIntoView();
    by("text").focus({ preventScroll: true });
  });
}
by("text-table").closest("details").addEventListener("toggle", () => showTable(shown.text));
addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#text=")) return;
  fromAddress();
  ask("text");
});
