// From ids to logits: imdb_lstm/models/numpy in JavaScript, one class or function a layer.
//
// T tokens, D values of an embedding, U units, G = gates × U (4 gates of an LSTM, 3 of a GRU). A
// matrix (T, D) is one Float32Array of T·D values, row after row. Sums are in 64 bits.
"use strict";

const BIGRAM_STEP = 30011; // the prime of the hash of two neighbouring words
const PADDING = 0;
const UNKNOWN = 1;

/** The product of row ``row`` of a matrix (rows, size) and a vector of ``size`` values at ``at``. */
function dot(matrix, row, vector, at, size) {
  let a = 0, b = 0, c = 0, d = 0; // four sums that do not wait for each other
  let k = row * size;
  let v = at;
  for (const end = k + size - 3; k < end; k += 4, v += 4) {
    a += matrix[k] * vector[v];
    b += matrix[k + 1] * vector[v + 1];
    c += matrix[k + 2] * vector[v + 2];
    d += matrix[k + 3] * vector[v + 3];
  }
  for (const end = (row + 1) * size; k < end; k++, v++) a += matrix[k] * vector[v];
  return a + b + (c + d);
}

/** Rows and columns swapped: (rows, columns) → (columns, rows). */
function transposed(matrix, rows, columns) {
  const found = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) found[j * rows + i] = matrix[i * columns + j];
  return found;
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** A matrix of 8 bits and a step for each column as 32 bits; others as they are. */
function dense(part) {
  if (!part.steps) return part.values;
  const columns = part.steps.length;
  return Float32Array.from(part.values, (value, index) => value * part.steps[index % columns]);
}

/** A table of embeddings: 8 bits a value, and a step for each row, or for each group of a row. */
class Embedding {
  constructor({ values, steps, groups, size, width }) {
    this.values = values; // Int8Array (V, size)
    this.steps = steps; // Float32Array (V, groups)
    this.groups = groups;
    this.size = size;
    this.width = width; // of a group
    this.rows = steps.length / groups;
  }

  /** Write the vector of an id at an offset of ``target``. */
  write(id, target, at) {
    for (let k = 0; k < this.size; k++) {
      const step = this.steps[id * this.groups + Math.floor(k / this.width)];
      target[at + k] = this.values[id * this.size + k] * step;
    }
  }
}

/** One direction of a recurrent layer; gates in Keras' order: i, f, c, o of an LSTM, z, r, h of a GRU.
 *
 * ``kernel`` (D, G) and ``matrix`` (U, G) are kept with swapped axes, so that a gate is one product
 * of a row, and ``matrix`` also as it is, for gradients.
 */
class Direction {
  constructor(cell, backwards, { kernel, matrix, bias }) {
    this.cell = cell;
    this.backwards = backwards;
    this.units = matrix.shape[0];
    this.gates = matrix.shape[1];
    this.width = kernel.shape[0];
    this.kernel = dense(kernel); // (D, G)
    this.matrix = dense(matrix); // (U, G)
    this.rows = transposed(this.kernel, this.width, this.gates); // (G, D)
    this.states = transposed(this.matrix, this.units, this.gates); // (G, U)
    const own = dense(bias);
    this.bias = own.slice(0, this.gates); // added to the product of the input
    this.stateBias = cell === "gru" ? own.slice(this.gates) : new Float32Array(this.gates);
  }

  /** What ``count`` inputs (count, D) add to the gates: (count, G). */
  inputs(values, count) {
    const found = new Float32Array(count * this.gates);
    for (let t = 0; t < count; t++) {
      for (let g = 0; g < this.gates; g++) {
        found[t * this.gates + g] = dot(this.rows, g, values, t * this.width, this.width) + this.bias[g];
      }
    }
    return found;
  }

  /** The order in which T tokens are read, each chunk from a zero state: [[t, t, …], …]. */
  order(length, chunkLength) {
    const size = chunkLength || length;
    const chunks = [];
    for (let start = 0; start < length; start += size) {
      const chunk = Array.from({ length: Math.min(size, length - start) }, (_, k) => start + k);
      chunks.push(this.backwards ? chunk.reverse() : chunk);
    }
    return chunks;
  }

  /** Read T tokens, of which ``inputs`` (T, G) were computed before, and keep every gate and state. */
  read(inputs, length, chunkLength) {
    const trace = {
      gates: new Float32Array(length * this.gates), // after their sigmoid or tanh
      products: new Float32Array(this.cell === "gru" ? length * this.units : 0), // of a candidate
      cell: new Float32Array(this.cell === "lstm" ? length * this.units : 0),
      hidden: new Float32Array(length * this.units),
      chunks: this.order(length, chunkLength),
    };
    for (const chunk of trace.chunks) {
      let before = -1; // no token: a state of zeros
      for (const t of chunk) {
        if (this.cell === "lstm") this.lstmStep(inputs, trace, t, before);
        else this.gruStep(inputs, trace, t, before);
        before = t;
      }
    }
    return trace;
  }

  /** c ← f ⊙ c + i ⊙ g, h ← o ⊙ tanh(c). */
  lstmStep(inputs, { gates, cell, hidden }, t, before) {
    const [G, U] = [this.gates, this.units];
    for (let g = 0; g < G; g++) {
      const state = before < 0 ? 0 : dot(this.states, g, hidden, before * U, U);
      const x = inputs[t * G + g] + state;
      gates[t * G + g] = g >= 2 * U && g < 3 * U ? Math.tanh(x) : sigmoid(x);
    }
    for (let u = 0, at = t * G; u < U; u++, at++) {
      const kept = before < 0 ? 0 : gates[at + U] * cell[before * U + u];
      cell[t * U + u] = kept + gates[at] * gates[at + 2 * U];
      hidden[t * U + u] = gates[at + 3 * U] * Math.tanh(cell[t * U + u]);
    }
  }

  /** h ← z ⊙ h + (1 - z) ⊙ candidate, whose product with the state the reset gate r multiplies. */
  gruStep(inputs, { gates, products, hidden }, t, before) {
    const [G, U] = [this.gates, this.units];
    for (let g = 0; g < G; g++) {
      const state = this.stateBias[g] + (before < 0 ? 0 : dot(this.states, g, hidden, before * U, U));
      const at = t * G + g;
      if (g < 2 * U) gates[at] = sigmoid(inputs[at] + state);
      else {
        products[t * U + g - 2 * U] = state;
        gates[at] = Math.tanh(inputs[at] + gates[at - U] * state);
      }
    }
    for (let u = 0, at = t * G; u < U; u++, at++) {
      const old = before < 0 ? 0 : hidden[before * U + u];
      hidden[t * U + u] = gates[at] * old + (1 - gates[at]) * gates[at + 2 * U];
    }
  }
}

/** Pools the states of T tokens, (T, W), into one vector, in each of the ways ``kinds``. */
class Pooling {
  constructor({ kinds, bidirectional, projection, query }) {
    this.kinds = kinds;
    this.bidirectional = bidirectional;
    if (projection) {
      this.units = projection.shape[1];
      this.projection = transposed(dense(projection), ...projection.shape); // (units, W)
      this.query = dense(query); // (units,)
    }
  }

  /** The pooled vector: (W × kinds,). */
  read(values, length) {
    const width = values.length / length;
    const parts = this.kinds.map((kind) => this[kind](values, length, width));
    const found = new Float32Array(width * parts.length);
    parts.forEach((part, number) => found.set(part, number * width));
    return found;
  }

  /** The last token; of a backward direction the first, which it reads last. */
  last(values, length, width) {
    const half = this.bidirectional ? width / 2 : width;
    const found = values.slice((length - 1) * width);
    found.set(values.subarray(half, width), half);
    return found;
  }

  max(values, length, width) {
    const found = values.slice(0, width);
    for (let at = width; at < values.length; at++) found[at % width] = Math.max(found[at % width], values[at]);
    return found;
  }

  mean(values, length, width) {
    return this.weighted(values, new Float64Array(length).fill(1 / length), width);
  }

  attention(values, length, width) {
    return this.weighted(values, this.attended(values, length, width).weights, width);
  }

  /** The attention weights, (T,), which sum to one, and tanh of the projected states, (T, units). */
  attended(values, length, width) {
    const squashed = new Float32Array(length * this.units);
    const weights = new Float64Array(length);
    for (let t = 0; t < length; t++) {
      for (let u = 0; u < this.units; u++) {
        squashed[t * this.units + u] = Math.tanh(dot(this.projection, u, values, t * width, width));
      }
      weights[t] = dot(squashed, t, this.query, 0, this.units);
    }
    return { squashed, weights: softmax(weights) };
  }

  weighted(values, weights, width) {
    const found = new Float64Array(width);
    for (let at = 0; at < values.length; at++) found[at % width] += weights[Math.floor(at / width)] * values[at];
    return Float32Array.from(found);
  }
}

/** Probabilities from scores, without overflow. */
function softmax(scores) {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const found = scores.map((score) => Math.exp(score - most));
  const total = found.reduce((a, b) => a + b, 0);
  return found.map((value) => value / total);
}

/** A finished network. ``parts``: see imdb_lstm/page/weights.py. */
class Network {
  constructor(parts) {
    this.words = new Embedding(parts.words);
    this.bigrams = parts.bigrams ? new Embedding(parts.bigrams) : null;
    this.width = this.words.size + (this.bigrams ? this.bigrams.size : 0); // D
    this.chunkLength = parts.chunkLength;
    this.layers = parts.layers.map((layer) =>
      layer.map((direction, number) => new Direction(parts.cell, number === 1, direction)),
    );
    this.pooling = new Pooling(parts.pooling);
    this.outputs = parts.bias.values.length; // K
    this.kernel = transposed(dense(parts.kernel), ...parts.kernel.shape); // (K, W × kinds)
    this.bias = dense(parts.bias);
    this.known = new Map(); // products of words with the kernels, which are the same in every text
  }

  /** The embeddings of T ids: (T, D). */
  embedded(ids) {
    const found = new Float32Array(ids.length * this.width);
    ids.forEach((id, t) => {
      this.words.write(id, found, t * this.width);
      if (this.bigrams) this.bigrams.write(this.bucket(ids, t), found, t * this.width + this.words.size);
    });
    return found;
  }

  /** The row of the bigram table for token t and the one before it. */
  bucket(ids, t) {
    const hash = (ids[t] + Math.imul(BIGRAM_STEP, t ? ids[t - 1] : PADDING)) | 0; // of 32 bits
    return ((hash % this.bigrams.rows) + this.bigrams.rows) % this.bigrams.rows;
  }

  /** What each direction of the first layer reads of T ids: [(T, G), …]; products are kept by word. */
  inputs(ids) {
    const found = this.layers[0].map((direction) => new Float32Array(ids.length * direction.gates));
    ids.forEach((id, t) => {
      const key = this.bigrams ? `${id} ${this.bucket(ids, t)}` : id;
      if (!this.known.has(key)) {
        if (this.known.size > MOST_KNOWN) this.known.clear();
        const pair = this.bigrams && t ? [ids[t - 1], id] : [id];
        const vector = this.embedded(pair).slice(-this.width);
        this.known.set(key, this.layers[0].map((direction) => direction.inputs(vector, 1)));
      }
      this.known.get(key).forEach((part, number) => found[number].set(part, t * part.length));
    });
    return found;
  }

  /** Read T tokens: every layer's traces, the states of the last one, (T, W), and the logits, (K,). */
  read(inputs, length) {
    const traces = [];
    let values;
    for (const [number, layer] of this.layers.entries()) {
      const own = number ? layer.map((direction) => direction.inputs(values, length)) : inputs;
      const read = layer.map((direction, k) => direction.read(own[k], length, this.chunkLength));
      traces.push(read);
      values = beside(read.map((trace) => trace.hidden), length);
    }
    const pooled = this.pooling.read(values, length);
    const logits = Array.from(this.bias, (bias, k) => bias + dot(this.kernel, k, pooled, 0, pooled.length));
    return { traces, values, pooled, logits };
  }

  /** The logits of T ids: (K,). */
  logits(ids) {
    return this.read(this.inputs(ids), ids.length).logits;
  }
}

const MOST_KNOWN = 4000; // words whose products are kept: 16 MB of 1,024 values each

/** Matrices (T, U) beside each other: (T, U × count). */
function beside(parts, length) {
  if (parts.length === 1) return parts[0];
  const units = parts[0].length / length;
  const found = new Float32Array(parts.length * parts[0].length);
  for (let t = 0; t < length; t++) {
    parts.forEach((part, k) => found.set(part.subarray(t * units, (t + 1) * units), (t * parts.length + k) * units));
  }
  return found;
}
