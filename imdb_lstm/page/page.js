// What is seen and asked: the page. The network works in a Web Worker, made of another element.
"use strict";

const STRENGTHS = 4; // of a mark, as in explain --html
const SPOKEN_AFTER = 900; // milliseconds without a key, before a screen reader is told
const by = (id) => document.getElementById(id);
const settings = JSON.parse(by("settings").textContent);
const classes = settings.classes;
const two = classes.length === 2;
const percent = (value) => `${(100 * value).toFixed(1)}\u00A0%`;
const signed = (value, digits = 2) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);

/** An element, or a piece of a figure with ``svg``. */
function element(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

function svg(tag, attributes = {}, ...children) {
  const found = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

// ---- The worker -------------------------------------------------------------------------------

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
  }
  state[kind] = found;
  if (kind === "answer") showVerdict(channel, found);
  if (kind === "answer" || kind === "marks") showMarks(channel);
  if (channel === "text") {
    if (kind === "answer") showLayers(found);
    if (kind === "prefix") showCurve(state);
    if (kind === "gates") showGates(state);
    if (kind === "marks" || kind === "prefix") showTable(state);
    if (kind === "marks") document.documentElement.dataset.marks = found.done ? state.text.length : "";
  } else if (kind === "marks" && shown.left.marks && shown.right.marks) showDifference();
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

// ---- A verdict and its words ------------------------------------------------------------------

function showVerdict(channel, { verdict, unsure, probabilities, empty, words }) {
  const state = shown[channel];
  const nothing = !state.text.trim();
  const title = by(channel === "text" ? "verdict" : `${channel}-verdict`);
  title.textContent = nothing ? "–" : unsure ? `unsure, perhaps ${classes[verdict]}` : classes[verdict];
  const likely = probabilities.map((value, k) => [value, classes[k]]).sort((a, b) => b[0] - a[0]);
  const listed = likely.slice(0, 5).map(([value, name]) => `${name} ${percent(value)}`).join(", ");
  const which = two ? `probability of ${classes[1]} ${percent(probabilities[1])}` : listed;
  by(`${channel}-probability`).textContent = nothing ? "" : which;
  by(`${channel}-bar`).firstElementChild.style.width = `${100 * (nothing ? 0.5 : two ? probabilities[1] : likely[0][0])}%`;
  by(`${channel}-note`).textContent = nothing ? "" : noteOf(unsure, empty, words);
  if (channel === "text") {
    by("link").href = `#text=${encodeURIComponent(state.text)}`;
    clearTimeout(state.spoken);
    const said = nothing ? "" : `${title.textContent}, ${which}`;
    state.spoken = setTimeout(() => (by("spoken").textContent = said), SPOKEN_AFTER);
  }
}

function noteOf(unsure, empty, words) {
  if (empty) return "The network knows no word of this text: its probability says nothing.";
  const count = (kind) => words.filter((word) => word.kind === kind).length;
  const notes = [];
  if (unsure) notes.push("The network would rather abstain.");
  if (count("unknown")) notes.push(`Unknown words: ${count("unknown")} of ${words.length}.`);
  if (count("left out")) notes.push(`Too long: ${count("left out")} words in the middle are not read.`);
  return notes.join(" ");
}

/** Sign and strength of each word, −4 to 4, relative to the strongest. */
function grades(values) {
  const most = Math.max(...values.map((value) => Math.abs(value ?? 0)), 0) || 1;
  return values.map((value) => Math.round((STRENGTHS * (value ?? 0)) / most));
}

/** The text as it was written, its words marked; ``only``: those that the other text lacks. */
function showMarks(channel, only = new Set()) {
  const { text, answer, marks } = shown[channel];
  const strength = marks ? grades(marks.values) : [];
  const pieces = [];
  let end = 0;
  answer.words.forEach((word, index) => {
    if (word.start > end) pieces.push(between(text.slice(end, word.start)));
    const grade = strength[index] ?? 0;
    const names = grade ? [`${grade > 0 ? "p" : "n"}${Math.abs(grade)}`] : [];
    if (word.kind === "unknown") names.push("unknown");
    if (word.kind === "left out") names.push("out");
    if (only.has(index)) names.push("only");
    const note = word.kind === "left out" ? word.kind : marks && !marks.pending ? signed(marks.values[index], 3) : "";
    const title = note + (word.kind === "unknown" ? ", unknown word" : "");
    pieces.push(element("span", { class: names.join(" "), title }, text.slice(word.start, word.end)));
    end = Math.max(end, word.end);
  });
  pieces.push(between(text.slice(end)));
  const target = by(`${channel}-marked`);
  target.replaceChildren(...pieces);
  target.classList.toggle("pending", !marks || Boolean(marks.pending));
  if (channel === "text") by("text-sum").textContent = sumOf(answer, marks, text);
}

function between(text) {
  return text.trim() ? element("span", { class: "unread" }, text) : text;
}

function sumOf({ of, against }, marks, text) {
  if (!text.trim() || !marks || marks.pending) return "";
  const sum = marks.values.reduce((total, value) => total + (value ?? 0), 0);
  const whose = two ? "the logit" : `the logit of ${classes[of]}, less that of ${classes[against]},`;
  const error = percent(marks.error);
  return (
    `Contributions sum to ${signed(sum)}; ${whose} goes from ${signed(marks.baseline)} for unknown words ` +
    `to ${signed(marks.logit)} (error ${error}, ${marks.steps} steps${marks.done ? "" : ", not done yet"}).`
  );
}

function showTable({ answer, marks, prefix }) {
  const after = new Map(prefix ? prefix.points : []);
  by("text-table").replaceChildren(
    ...answer.words.map((word, index) =>
      element("tr", {},
        element("td", {}, String(index + 1)),
        element("th", { scope: "row" }, word.token + (word.kind === "known" ? "" : ` (${word.kind})`)),
        element("td", {}, marks && !marks.pending && marks.values[index] !== null ? signed(marks.values[index], 3) : ""),
        element("td", {}, after.has(index) ? signed(after.get(index)) : ""),
      ),
    ),
  );
}

/** The prefix logits as a line, from the first word to the last, and in words. */
function showCurve({ prefix, text }) {
  const points = text.trim() ? prefix.points : [[0, 0]];
  const logits = points.map(([, logit]) => logit);
  const [low, high] = [Math.min(0, ...logits), Math.max(0, ...logits)];
  const [first, last] = [points[0][0], points.at(-1)[0]];
  const x = (index) => ((1000 * (index - first)) / Math.max(1, last - first)).toFixed(1);
  const y = (logit) => (150 - (140 * (logit - low)) / (high - low || 1)).toFixed(1);
  const line = points.map(([index, logit]) => `${x(index)} ${y(logit)}`).join(" L");
  const start = points.length === 1 ? `L1000 ${y(logits[0])}` : "";
  by("curve").replaceChildren(svg("path", { class: "zero", d: `M0 ${y(0)} L1000 ${y(0)}` }), svg("path", { d: `M${line}${start}` }));
  const words = `The logit is ${signed(logits[0])} after the first word, at least ${signed(low)}, at most ${signed(high)}, ${signed(logits.at(-1))} after the last.`;
  by("curve").setAttribute("aria-label", text.trim() ? words : "No text yet");
}

// ---- Gates ------------------------------------------------------------------------------------

const COLUMN = 24; // pixels of a word
const ROW = 64; // of a gate
const HEAD = 96; // above them, for the words
const SIDE = 88; // beside them, for the names
const ORDER = ["forget", "input", "update", "reset", "candidate", "cell", "output", "hidden"];

function showLayers({ layers }) {
  const select = by("gates-layer");
  if (select.options.length) return;
  layers.forEach((directions, layer) =>
    directions.forEach((_, direction) => {
      const name = `${layer + 1}, ${direction ? "backwards" : "forwards"}`;
      select.append(element("option", { value: `${layer} ${direction}` }, name));
    }),
  );
}

function askGates(unit) {
  const [layer, direction] = by("gates-layer").value.split(" ").map(Number);
  worker.postMessage({ kind: "gates", channel: "text", layer, direction, unit });
}

function showGates(state) {
  const { rows, unit, units, kept, layer, direction } = state.gates;
  by("gates-layer").value = `${layer} ${direction}`;
  by("gates-unit").max = units - 1;
  by("gates-unit").value = unit;
  const word = by("gates-word");
  word.max = kept.length;
  if (document.activeElement !== word) word.value = kept.length;
  const names = ORDER.filter((name) => name in rows);
  const [width, height] = [SIDE + kept.length * COLUMN + 60, HEAD + names.length * ROW];
  const now = svg("rect", { class: "now", x: 0, y: 0, width: COLUMN, height });
  const parts = names.flatMap((name, row) => bars(name, rows[name], HEAD + row * ROW));
  const labels = kept.map((index, t) => {
    const at = `translate(${SIDE + t * COLUMN + 15} ${HEAD - 8}) rotate(-60)`;
    return svg("text", { transform: at }, cut(state.answer.words[index].token));
  });
  const figure = by("gates");
  figure.replaceChildren(now, ...parts, ...labels);
  for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) figure.setAttribute(key, value);
  figure.setAttribute("aria-label", `Unit ${unit}: ${names.join(", ")} at each of ${kept.length} words. Choose a word above for its numbers.`);
  showWord();
}

const cut = (token) => (token.length > 14 ? `${token.slice(0, 13)}…` : token || "(none)");

/** A row of bars, up and down from zero; a gate's scale ends at 1, a state's at its largest value. */
function bars(name, values, top) {
  const both = ["candidate", "cell", "hidden"].includes(name);
  const most = name === "cell" ? Math.max(1, ...values.map(Math.abs)) : 1;
  const [room, zero] = both ? [ROW / 2 - 5, top + ROW / 2] : [ROW - 10, top + ROW - 5];
  const end = SIDE + values.length * COLUMN;
  const drawn = values.map((value, t) => {
    const size = (room * Math.abs(value)) / most;
    const place = { x: SIDE + t * COLUMN + 3, width: COLUMN - 6, y: value < 0 ? zero : zero - size, height: size };
    return svg("rect", { class: value < 0 ? "n" : "p", ...place });
  });
  const scale = name === "cell" ? `±${most.toFixed(1)}` : both ? "±1" : "0 to 1";
  return [
    svg("text", { class: "name", x: 0, y: top + ROW / 2 }, name),
    svg("text", { x: 0, y: top + ROW / 2 + 16 }, scale),
    svg("path", { class: "line", d: `M${SIDE} ${zero} L${end} ${zero}` }),
    ...drawn,
  ];
}

/** The numbers of the chosen word, as the equation that they follow. */
function showWord() {
  const { gates, answer, text } = shown.text;
  if (!gates) return;
  const t = by("gates-word").value - 1;
  by("gates").firstElementChild.setAttribute("x", SIDE + t * COLUMN);
  const { rows, kept, direction } = gates;
  const at = (name, place = t) => (rows[name][place] ?? 0).toFixed(2).replace("-", "−");
  const before = direction ? t + 1 : t - 1;
  const token = answer.words[kept[t]].token || "no word";
  by("gates-word").setAttribute("aria-valuetext", token);
  const equation = rows.cell
    ? `cell = forget ${at("forget")} × ${at("cell", before)} before + input ${at("input")} × candidate ${at("candidate")} = ${at("cell")}; ` +
      `hidden = output ${at("output")} × tanh(${at("cell")}) = ${at("hidden")}`
    : `hidden = update ${at("update")} × ${at("hidden", before)} before + (1 − ${at("update")}) × candidate ${at("candidate")} = ${at("hidden")}; reset ${at("reset")}`;
  by("gates-now").textContent = text.trim() ? `“${token}”, word ${t + 1} of ${kept.length}: ${equation}.` : "";
}

// ---- Two texts --------------------------------------------------------------------------------

/** The numbers of the words that only one of two texts has, by their longest common subsequence. */
function difference(left, right) {
  const longest = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      longest[i][j] = left[i] === right[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const only = [new Set(left.keys()), new Set(right.keys())];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) {
      only[0].delete(i++);
      only[1].delete(j++);
    } else if (longest[i + 1][j] >= longest[i][j + 1]) i++;
    else j++;
  }
  return only;
}

function showDifference() {
  const sides = [shown.left, shown.right];
  const told = by("difference");
  if (sides.some(({ text, marks }) => !text.trim() || marks.pending)) return void (told.textContent = "");
  const tokens = sides.map(({ answer }) => answer.words.map((word) => word.token));
  const only = tokens.some((each) => each.length > 2000) ? [new Set(), new Set()] : difference(...tokens);
  ["left", "right"].forEach((channel, k) => showMarks(channel, only[k]));
  const sum = (k, own) => sides[k].marks.values.reduce((s, v, index) => s + (own === only[k].has(index) ? v ?? 0 : 0), 0);
  const [first, second] = sides.map(({ marks }) => marks.logit);
  const samePair = sides[0].answer.of === sides[1].answer.of && sides[0].answer.against === sides[1].answer.against;
  if (!samePair) return void (told.textContent = "The two texts are explained for different classes: their logits cannot be compared.");
  const words = (k) => [...only[k]].slice(0, 8).map((index) => `“${tokens[k][index]}”`).join(", ") || "none";
  told.textContent =
    `The logit is ${signed(first)} for the first text and ${signed(second)} for the second: a change of ${signed(second - first)}. ` +
    `Words only in the first (${words(0)}) carried ${signed(sum(0, true))}, only in the second (${words(1)}) ${signed(sum(1, true))}; ` +
    `words in both carry ${signed(sum(1, false) - sum(0, false))} more in the second than in the first` +
    `${tokens[0].length === tokens[1].length ? "" : ", and the unknown words that each is compared with make the rest"}.`;
}

// ---- Many texts -------------------------------------------------------------------------------

function answerAll() {
  const state = shown.table;
  state.number = ++asked;
  state.texts = by("many").value.split("\n").map((line) => line.trim()).filter(Boolean);
  state.rows = [];
  by("many-table").replaceChildren();
  by("many-save").disabled = true;
  by("many-state").textContent = state.texts.length ? `0 of ${state.texts.length}` : "No text: one a line.";
  if (state.texts.length) worker.postMessage({ kind: "table", channel: "table", number: state.number, texts: state.texts });
}

function addRow({ row, verdict, unsure, probabilities, empty }) {
  const state = shown.table;
  const given = empty ? "no known word" : unsure ? "unsure" : classes[verdict];
  state.rows.push([state.texts[row], ...(two ? [probabilities[1]] : probabilities), given]);
  const cells = [String(row + 1), given, percent(probabilities[two ? 1 : verdict]), state.texts[row]];
  by("many-table").append(element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  by("many-state").textContent = `${row + 1} of ${state.texts.length}`;
}

function tableDone() {
  by("many-state").textContent = `Answered: ${shown.table.rows.length}`;
  by("many-save").disabled = false;
}

/** Save the answers in the columns that ``imdb-lstm predict --output`` has. */
function saveTable() {
  const names = two ? ["probability"] : classes.map((name) => `probability_${name}`);
  const cell = (value) => (typeof value === "number" ? value.toFixed(6) : /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [["text", ...names, "verdict"], ...shown.table.rows].map((row) => row.map(cell).join(","));
  const url = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  element("a", { href: url, download: "answers.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// ---- What the reader does ---------------------------------------------------------------------

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
addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#text=")) return;
  fromAddress();
  ask("text");
});
