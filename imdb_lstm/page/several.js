// Two texts side by side, and many texts as a table.
"use strict";

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

// ---- Many texts

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
  const cell = (value) => (typeof value === "number" ? String(Number(value.toPrecision(9))) : /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [["text", ...names, "verdict"], ...shown.table.rows].map((row) => row.map(cell).join(","));
  const url = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  element("a", { href: url, download: "answers.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
