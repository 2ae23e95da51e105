// Figures: the prefix logit as a curve, and the gates of one unit as bars.
"use strict";

/** The prefix logits as a line, from the first word to the last, and in words. */
function showCurve({ prefix, text }) {
  const points = text.trim() ? prefix.points : [[0, 0]];
  const logits = points.map(([, logit]) => logit);
  const [low, high] = [Math.min(threshold, ...logits), Math.max(threshold, ...logits)];
  const [first, last] = [points[0][0], points.at(-1)[0]];
  const x = (index) => ((1000 * (index - first)) / Math.max(1, last - first)).toFixed(1);
  const y = (logit) => (150 - (140 * (logit - low)) / (high - low || 1)).toFixed(1);
  const line = points.map(([index, logit]) => `${x(index)} ${y(logit)}`).join(" L");
  const start = points.length === 1 ? `L1000 ${y(logits[0])}` : "";
  by("curve").replaceChildren(svg("path", { class: "zero", d: `M0 ${y(threshold)} L1000 ${y(threshold)}` }), svg("path", { d: `M${line}${start}` }));
  const words = `The logit is ${signed(logits[0])} after the first word, at least ${signed(Math.min(...logits))}, at most ${signed(Math.max(...logits))}, ${signed(logits.at(-1))} after the last.`;
  by("curve").setAttribute("aria-label", text.trim() ? words : "No text yet");
}

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
  const { rows, kept } = gates;
  const at = (name, place = t) => (rows[name][place] ?? 0).toFixed(2).replace("-", "−");
  const before = gates.before[t];
  const token = answer.words[kept[t]].token || "no word";
  const equation = rows.cell
    ? `cell = forget ${at("forget")} × ${at("cell", before)} before + input ${at("input")} × candidate ${at("candidate")} = ${at("cell")}; ` +
      `hidden = output ${at("output")} × tanh(${at("cell")}) = ${at("hidden")}`
    : `hidden = update ${at("update")} × ${at("hidden", before)} before + (1 − ${at("update")}) × candidate ${at("candidate")} = ${at("hidden")}; reset ${at("reset")}`;
  const told = text.trim() ? `“${token}”, word ${t + 1} of ${kept.length}: ${equation}.` : "";
  by("gates-now").textContent = told;
  by("gates-word").setAttribute("aria-valuetext", told);
}
