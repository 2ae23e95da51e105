// A text that was read: its verdict, its words marked by what they contributed, and its table.
"use strict";

const STRENGTHS = 4; // of a mark, as in explain --html
const SPOKEN_AFTER = 900; // milliseconds without a key, before a screen reader is told

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

/** All words as rows; nothing is done while nobody looks. */
function showTable({ answer, marks, prefix }) {
  if (!answer || !by("text-table").closest("details").open) return;
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
