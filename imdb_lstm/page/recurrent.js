// A recurrent layer, LSTM or GRU, in one direction: imdb_lstm/models/numpy/recurrent.py in JavaScript.
//
// T tokens, D values of an embedding, U units, G = gates × U (4 gates of an LSTM, 3 of a GRU). A
// matrix (T, D) is one Float32Array of T·D values, row after row. Sums are in 64 bits.
"use strict";

/** The product of row ``row`` of a matrix (rows, size) and a vector of ``size`` values at ``at``. */
function dot(matrix, row, vector, at, size) {
  let sum = 0;
  for (let k = 0, m = row * size; k < size; k++, m++) sum += matrix[m] * vector[at + k];
  return sum;
}

/** Write the products of all rows of a matrix (rows, size) and a vector to ``target``, from ``at`` on.
 *
 * Eight rows at a time, so that each value of the vector is read once for eight of them.
 */
function multiply(matrix, rows, vector, target, at) {
  const n = vector.length;
  const whole = rows - (rows % 8);
  for (let row = 0; row < whole; row += 8) {
    let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    for (let k = 0, m = row * n; k < vector.length; k++, m++) {
      const value = vector[k];
      a += matrix[m] * value;
      b += matrix[m + n] * value;
      c += matrix[m + 2 * n] * value;
      d += matrix[m + 3 * n] * value;
      e += matrix[m + 4 * n] * value;
      f += matrix[m + 5 * n] * value;
      g += matrix[m + 6 * n] * value;
      h += matrix[m + 7 * n] * value;
    }
    const place = at + row;
    target[place] = a;
    target[place + 1] = b;
    target[place + 2] = c;
    target[place + 3] = d;
    target[place + 4] = e;
    target[place + 5] = f;
    target[place + 6] = g;
    target[place + 7] = h;
  }
  for (let row = whole; row < rows; row++) target[at + row] = dot(matrix, row, vector, 0, n);
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
      const at = t * this.gates;
      multiply(this.rows, this.gates, values.subarray(t * this.width, (t + 1) * this.width), found, at);
      for (let g = 0; g < this.gates; g++) found[at + g] += this.bias[g];
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
        const state = trace.hidden.subarray(before * this.units, (before + 1) * this.units);
        if (before >= 0) multiply(this.states, this.gates, state, trace.gates, t * this.gates);
        if (this.cell === "lstm") this.lstmStep(inputs, trace, t, before);
        else this.gruStep(inputs, trace, t, before);
        before = t;
      }
    }
    return trace;
  }

  /** c ← f ⊙ c + i ⊙ g, h ← o ⊙ tanh(c). ``gates`` hold the products with the state before. */
  lstmStep(inputs, { gates, cell, hidden }, t, before) {
    const [G, U] = [this.gates, this.units];
    for (let g = 0, at = t * G; g < G; g++, at++) {
      const x = inputs[at] + gates[at];
      gates[at] = g >= 2 * U && g < 3 * U ? Math.tanh(x) : sigmoid(x);
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
    for (let g = 0, at = t * G; g < G; g++, at++) {
      const state = gates[at] + this.stateBias[g];
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
