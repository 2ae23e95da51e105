// Integrated gradients: how much each word contributed to the logit. imdb_lstm/models/numpy/
// gradients.py and explanation/integrated_gradients.py in JavaScript.
//
// On the straight line from the embeddings of T unknown words to those of the text, the contribution
// of a word is the integral of the slope that it adds (Sundararajan, Taly & Yan 2017). All
// contributions sum to the change of the logit, up to the error of the integral, which is known.
"use strict";

const TOLERANCE = 0.02; // of the sum, relative
const MOST_STEPS = 512;
const SMALLEST_CHANGE = 1e-3; // of the logit; the error of smaller changes is relative to this
const FIRST_PARTS = [0, 1 / 4, 1 / 2, 1]; // of few, those with which most texts need no more
const NODES = [-Math.sqrt(0.6) / 2, 0, Math.sqrt(0.6) / 2]; // Gauss-Legendre, for a part of length 1
const NODE_WEIGHTS = [5 / 18, 8 / 18, 5 / 18];
const SHARE_HALVED = 0.5; // of the error, in the parts that are halved

/** The line between two texts of T ids. ``direction``: (K,), its product with the logits is explained. */
class Line {
  constructor(network, start, end, direction) {
    this.network = network;
    this.length = end.length;
    this.direction = direction;
    // The first product of a layer is linear: it is computed at both ends, and is a line between.
    this.starts = network.inputs(start);
    this.ways = network.inputs(end).map((part, k) => part.map((value, at) => value - this.starts[k][at]));
  }

  /** What is explained at a point of the line, 0 to 1, and what was read there. */
  at(fraction) {
    const inputs = this.starts.map((part, k) => part.map((value, at) => value + fraction * this.ways[k][at]));
    const read = this.network.read(inputs, this.length);
    return { read, logit: read.logits.reduce((sum, logit, k) => sum + logit * this.direction[k], 0) };
  }

  /** What each token adds to the slope at a point: (T,). */
  slopes(read) {
    const { network, length } = this;
    const gradient = new Float32Array(read.pooled.length);
    this.direction.forEach((factor, k) => {
      if (factor) for (let at = 0; at < gradient.length; at++) gradient[at] += factor * network.kernel[k * gradient.length + at];
    });
    let byValues = pooledBackwards(network.pooling, read.values, read.pooled, gradient, length);
    for (let number = network.layers.length - 1; number >= 0; number--) {
      const layer = network.layers[number];
      const parts = layer.map((direction, k) => {
        const own = halved(byValues, length, k, layer.length);
        const backwards = direction.cell === "lstm" ? lstmBackwards : gruBackwards;
        return backwards(direction, read.traces[number][k], own);
      });
      if (number === 0) return this.along(parts);
      byValues = throughKernels(layer, parts, length);
    }
  }

  /** The product of the way of each token and the gradient by it, (T,). */
  along(parts) {
    const found = new Float64Array(this.length);
    parts.forEach((part, k) => {
      const size = part.length / this.length;
      for (let t = 0; t < this.length; t++) found[t] += dot(part, t, this.ways[k], t * size, size);
    });
    return found;
  }
}

/** The gradient by the states (T, W), from that by the pooled vector (W × kinds,). */
function pooledBackwards(pooling, values, pooled, gradient, length) {
  const width = values.length / length;
  const found = new Float32Array(values.length);
  pooling.kinds.forEach((kind, number) => {
    const own = gradient.subarray(number * width, (number + 1) * width);
    const top = pooled.subarray(number * width, (number + 1) * width);
    POOLED_BACKWARDS[kind](pooling, values, own, found, length, width, top);
  });
  return found;
}

const POOLED_BACKWARDS = {
  last(pooling, values, own, found, length, width) {
    const half = pooling.bidirectional ? width / 2 : width;
    for (let w = 0; w < width; w++) found[(w < half ? length - 1 : 0) * width + w] += own[w];
  },
  max(pooling, values, own, found, length, width, top) {
    for (let w = 0; w < width; w++) {
      const largest = [];
      for (let at = w; at < values.length; at += width) if (values[at] === top[w]) largest.push(at);
      for (const at of largest) found[at] += own[w] / largest.length; // equal ones share it
    }
  },
  mean(pooling, values, own, found, length, width) {
    for (let at = 0; at < values.length; at++) found[at] += own[at % width] / length;
  },
  attention(pooling, values, own, found, length, width) {
    const { squashed, weights } = pooling.attended(values, length, width);
    const byWeight = weights.map((_, t) => dot(values, t, own, 0, width));
    const mean = byWeight.reduce((sum, value, t) => sum + weights[t] * value, 0);
    for (let t = 0; t < length; t++) {
      const byScore = weights[t] * (byWeight[t] - mean);
      for (let w = 0; w < width; w++) found[t * width + w] += weights[t] * own[w];
      for (let u = 0; u < pooling.units; u++) {
        const s = squashed[t * pooling.units + u];
        const factor = byScore * pooling.query[u] * (1 - s * s);
        for (let w = 0; w < width; w++) found[t * width + w] += factor * pooling.projection[u * width + w];
      }
    }
  },
};

/** The columns of one of ``count`` directions: (T, U × count) → (T, U). */
function halved(values, length, number, count) {
  if (count === 1) return values;
  const units = values.length / length / count;
  const found = new Float32Array(length * units);
  for (let t = 0; t < length; t++) {
    const at = (t * count + number) * units;
    found.set(values.subarray(at, at + units), t * units);
  }
  return found;
}

/** The gradient by the values that a layer reads, (T, D), from those by its products, [(T, G), …]. */
function throughKernels(layer, parts, length) {
  const width = layer[0].width;
  const found = new Float32Array(length * width);
  const products = new Float32Array(width);
  layer.forEach((direction, k) => {
    for (let t = 0; t < length; t++) {
      const own = parts[k].subarray(t * direction.gates, (t + 1) * direction.gates);
      multiply(direction.kernel, width, own, products, 0);
      for (let d = 0; d < width; d++) found[t * width + d] += products[d];
    }
  });
  return found;
}

/** Backpropagation through time: the gradient by the inputs, (T, G), from that by the hidden states. */
function lstmBackwards(direction, { gates, cell, chunks }, gradient) {
  const [G, U] = [direction.gates, direction.units];
  const found = new Float32Array(gates.length);
  for (const chunk of chunks) {
    const byHidden = new Float32Array(U);
    const byCell = new Float32Array(U);
    for (let step = chunk.length - 1; step >= 0; step--) {
      const t = chunk[step];
      for (let u = 0, at = t * G; u < U; u++, at++) {
        const write = gates[at];
        const forget = gates[at + U];
        const candidate = gates[at + 2 * U];
        const output = gates[at + 3 * U];
        const squashed = Math.tanh(cell[t * U + u]);
        const before = step ? cell[chunk[step - 1] * U + u] : 0;
        const h = byHidden[u] + gradient[t * U + u];
        const c = byCell[u] + h * output * (1 - squashed * squashed);
        found[at] = c * candidate * write * (1 - write);
        found[at + U] = c * before * forget * (1 - forget);
        found[at + 2 * U] = c * write * (1 - candidate * candidate);
        found[at + 3 * U] = h * squashed * output * (1 - output);
        byCell[u] = c * forget;
      }
      if (step) multiply(direction.matrix, U, found.subarray(t * G, (t + 1) * G), byHidden, 0);
    }
  }
  return found;
}

/** The same of a GRU, whose reset gate multiplies the product of the candidate with the state. */
function gruBackwards(direction, { gates, products, hidden, chunks }, gradient) {
  const [G, U] = [direction.gates, direction.units];
  const found = new Float32Array(gates.length);
  const byProduct = new Float32Array(G); // of one step, by the products with the state
  const byState = new Float32Array(U);
  for (const chunk of chunks) {
    const byHidden = new Float32Array(U);
    for (let step = chunk.length - 1; step >= 0; step--) {
      const t = chunk[step];
      for (let u = 0, at = t * G; u < U; u++, at++) {
        const update = gates[at];
        const reset = gates[at + U];
        const candidate = gates[at + 2 * U];
        const before = step ? hidden[chunk[step - 1] * U + u] : 0;
        const h = byHidden[u] + gradient[t * U + u];
        found[at] = h * (before - candidate) * update * (1 - update);
        found[at + 2 * U] = h * (1 - update) * (1 - candidate * candidate);
        found[at + U] = found[at + 2 * U] * products[t * U + u] * reset * (1 - reset);
        byProduct[u] = found[at];
        byProduct[u + U] = found[at + U];
        byProduct[u + 2 * U] = found[at + 2 * U] * reset;
        byHidden[u] = h * update;
      }
      if (step) multiply(direction.matrix, U, byProduct, byState, 0);
      for (let u = 0; u < U; u++) byHidden[u] += byState[u];
    }
  }
  return found;
}

/** The contributions of T ids: a generator, so that other work can come between its steps.
 *
 * It yields null within and after a step, and {values, baseline, logit, error, steps} when all parts are done;
 * then those with the largest errors are halved, until the sum is as exact as ``tolerance``.
 */
function* integratedGradients(network, ids, direction, tolerance = TOLERANCE) {
  const line = new Line(network, new Int32Array(ids.length).fill(UNKNOWN), ids, direction);
  const ends = new Map(); // logits at the ends of parts
  let steps = 0;
  const logitAt = (fraction) => {
    if (!ends.has(fraction)) {
      ends.set(fraction, line.at(fraction).logit);
      steps++;
    }
    return ends.get(fraction);
  };
  const integrated = function* (first, last) {
    const values = new Float64Array(ids.length);
    for (const [number, node] of NODES.entries()) {
      const { read } = line.at((first + last) / 2 + (last - first) * node);
      yield null;
      const slopes = line.slopes(read);
      steps++;
      for (let t = 0; t < values.length; t++) values[t] += NODE_WEIGHTS[number] * (last - first) * slopes[t];
      yield null;
    }
    return { first, last, values };
  };
  const total = (values) => values.reduce((a, b) => a + b, 0);
  let parts = [];
  for (let k = 1; k < FIRST_PARTS.length; k++) parts.push(yield* integrated(FIRST_PARTS[k - 1], FIRST_PARTS[k]));
  for (;;) {
    const values = new Float64Array(ids.length);
    for (const part of parts) part.values.forEach((value, t) => (values[t] += value));
    const [baseline, logit] = [logitAt(0), logitAt(1)];
    const error = Math.abs(total(values) - (logit - baseline)) / Math.max(Math.abs(logit - baseline), SMALLEST_CHANGE);
    const found = { values, baseline, logit, error, steps };
    if (error <= tolerance || steps >= MOST_STEPS) return found;
    yield found;
    for (const part of parts) {
      part.error ??= Math.abs(total(part.values) - (logitAt(part.last) - logitAt(part.first)));
      yield null;
    }
    parts.sort((a, b) => b.error - a.error);
    const all = total(parts.map((part) => part.error));
    let [worst, covered] = [0, 0];
    while (worst < parts.length && covered < SHARE_HALVED * all) covered += parts[worst++].error;
    const rest = parts.slice(worst);
    for (const { first, last } of parts.slice(0, worst)) {
      rest.push(yield* integrated(first, (first + last) / 2), yield* integrated((first + last) / 2, last));
    }
    parts = rest;
  }
}
