// From ids to logits: embeddings, recurrent layers, pooling, and a last product, for T tokens.
//
// W values of the last recurrent layer a token, K logits; other letters are those of recurrent.js.
"use strict";

const BIGRAM_STEP = 30011; // the prime of the hash of two neighbouring words
const PADDING = 0;
const UNKNOWN = 1;
const MOST_KNOWN = 4000; // words whose products are kept: 16 MB of 1,024 values each

/** A table of embeddings: 8 bits a value and a step for each row, or 4 bits and one for each group of a row. */
class Embedding {
  constructor({ values, steps, zeros, groups, size, width }) {
    this.values = values; // Int8Array (V, size), or (V, half of size) of 4 bits, the lower half first
    this.steps = steps; // Float32Array (V, groups)
    this.zeros = zeros; // of 4 bits: Int8Array (V, groups)
    this.bytes = values.length / (steps.length / groups); // of a row
    this.groups = groups;
    this.size = size;
    this.width = width; // of a group
    this.rows = steps.length / groups;
  }

  /** Write the vector of an id at an offset of ``target``. */
  write(id, target, at) {
    for (let k = 0; k < this.size; k++) {
      const group = id * this.groups + Math.floor(k / this.width);
      const value = this.zeros ? this.half(id, k) - this.zeros[group] : this.values[id * this.bytes + k];
      target[at + k] = value * this.steps[group];
    }
  }

  /** A value of 4 bits, from -8 to 7. */
  half(id, k) {
    const both = this.values[id * this.bytes + (k >> 1)];
    return k % 2 ? both >> 4 : (both << 28) >> 28;
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
