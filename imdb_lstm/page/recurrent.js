// A recurrent layer, LSTM or GRU, in one direction: imdb_lstm/models/numpy/recurrent.py in JavaScript.
//
// T tokens, D values of an embedding, U units, G = gates × U (4 gates of an LSTM, 3 of a GRU). A
// matrix (T, D) is one Float32Array of T·D values, row after row. Sums are in 64 bits.
"use strict";

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
