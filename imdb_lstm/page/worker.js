// Answers questions beside the page, so that typing never waits: a Web Worker.
//
// A question has a channel, such as "first" or "table", and a number. A new one of a channel ends the
// work on the one before: between two slices of work the worker looks at what has come.
"use strict";

const FEW = 24; // prefixes whose logits the curve has at first
const MOST = 256; // and in the end
let model;
const newest = new Map(); // channel → number of its last question
const readings = new Map(); // channel → what was read there, for questions about units

const pause = () => new Promise((resolve) => setTimeout(resolve));

async function answer({ channel, number, text }) {
  const stale = () => newest.get(channel) !== number;
  const tell = (kind, found) => postMessage({ kind, channel, number, ...found });
  await pause();
  if (stale()) return; // the next key has come already
  const found = model.read(text);
  const pair = model.pair(found);
  readings.set(channel, found);
  tell("answer", told(found, pair));
  tell("gates", gatesOf(found, 0, 0, null));
  const work = integratedGradients(model.network, found.ids, pair.direction);
  for (;;) {
    await pause();
    if (stale()) return;
    const { value, done } = work.next();
    if (value) tell("marks", { ...value, values: byWord(found, value.values), done });
    if (done) break;
  }
  const points = new Map();
  for (const lengths of prefixLengths(found.ids.length)) {
    for (const [length, logit] of model.prefixes(found, lengths, pair.direction)) {
      points.set(length, logit);
      await pause();
      if (stale()) return;
    }
    tell("prefix", { points: [...points].sort((a, b) => a[0] - b[0]).map(([n, logit]) => [found.kept[n - 1], logit]) });
  }
}

/** What the page needs of a reading. */
function told({ words, verdict, unsure, probabilities, logits, empty }, { of, against }) {
  const layers = model.network.layers.map((layer) => layer.map(({ units }) => units));
  return { words, verdict, unsure, probabilities, logits, empty, of, against, layers, cell: model.network.layers[0][0].cell };
}

/** Values of the T tokens that were read as values of all words, null for those left out. */
function byWord({ words, kept }, values) {
  const found = new Array(words.length).fill(null);
  kept.forEach((index, t) => (found[index] = values[t]));
  return found;
}

/** The lengths of few prefixes, then those of the others. */
function prefixLengths(length) {
  const spread = (count) =>
    Array.from({ length: Math.min(count, length) }, (_, k, n = Math.min(count, length)) =>
      n === 1 ? length : 1 + Math.round((k * (length - 1)) / (n - 1)),
    );
  const few = spread(FEW);
  const others = spread(MOST).filter((size) => !few.includes(size));
  return others.length ? [few, others] : [few];
}

/** Gates and states of a unit, one value a word; ``unit`` null: the one whose state moves most. */
function gatesOf(found, layer, direction, unit) {
  const { cell, units } = model.network.layers[layer][direction];
  const trace = found.read.traces[layer][direction];
  const length = found.ids.length;
  const column = (values, width, at) => Array.from({ length }, (_, t) => values[t * width + at]);
  const chosen = unit ?? busiest(trace.hidden, length, units);
  const names = cell === "lstm" ? ["input", "forget", "candidate", "output"] : ["update", "reset", "candidate"];
  const rows = names.map((name, k) => [name, column(trace.gates, names.length * units, k * units + chosen)]);
  if (cell === "lstm") rows.push(["cell", column(trace.cell, units, chosen)]);
  rows.push(["hidden", column(trace.hidden, units, chosen)]);
  const before = new Array(length).fill(-1); // the word read before each one, if any
  for (const chunk of trace.chunks) chunk.forEach((t, step) => (before[t] = step ? chunk[step - 1] : -1));
  return { layer, direction, unit: chosen, units, before, rows: Object.fromEntries(rows), kept: found.kept };
}

function busiest(hidden, length, units) {
  const ranges = Array.from({ length: units }, (_, u) => {
    const own = Array.from({ length }, (_, t) => hidden[t * units + u]);
    return Math.max(...own) - Math.min(...own);
  });
  return ranges.indexOf(Math.max(...ranges));
}

async function table({ channel, number, texts }) {
  for (const [row, text] of texts.entries()) {
    const { verdict, unsure, probabilities, empty } = model.read(text);
    postMessage({ kind: "row", channel, number, row, verdict, unsure, probabilities, empty });
    await pause();
    if (newest.get(channel) !== number) return;
  }
  postMessage({ kind: "table done", channel, number });
}

function load({ settings, weights }) {
  model = new Model(JSON.parse(settings), fromBase64(weights));
  postMessage({ kind: "ready" });
}

function gates({ channel, layer, direction, unit }) {
  if (readings.has(channel)) {
    postMessage({ kind: "gates", channel, number: newest.get(channel), ...gatesOf(readings.get(channel), layer, direction, unit) });
  }
}

self.onmessage = ({ data }) => {
  if (data.number !== undefined) newest.set(data.channel, data.number);
  ({ load, answer, table, gates })[data.kind](data);
};
