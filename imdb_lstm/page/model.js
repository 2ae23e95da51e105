// A finished run: text → verdict, probabilities, contributions. What model.json is to Python.
"use strict";

/** The arrays that a description names, as views of the bytes. */
function revived(part, bytes) {
  if (part === null || typeof part !== "object") return part;
  if (part.type === "int8") return new Int8Array(bytes, part.at, part.size);
  if (part.type === "float32") return new Float32Array(bytes, part.at, part.size);
  if (Array.isArray(part)) return part.map((each) => revived(each, bytes));
  return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, revived(each, bytes)]));
}

/** The bytes of a text in base64. */
function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text).buffer;
  const letters = atob(text);
  const found = new Uint8Array(letters.length);
  for (let at = 0; at < found.length; at++) found[at] = letters.charCodeAt(at);
  return found.buffer;
}

class Model {
  constructor(settings, bytes) {
    this.settings = settings;
    this.classes = settings.classes;
    this.tokenizer = new Tokenizer(settings);
    this.network = new Network(revived(settings.network, bytes));
  }

  /** What the network says of its logits, (1,) of two classes, else (classes,). */
  decided(logits) {
    const { temperature, threshold, unsureBelow } = this.settings;
    const scaled = logits.map((logit) => logit / temperature);
    if (logits.length === 1) {
      const margin = logits[0] - threshold;
      const second = sigmoid(scaled[0]);
      const verdict = margin > 0 ? 1 : 0;
      return { logits, verdict, unsure: Math.abs(margin) < unsureBelow, probabilities: [1 - second, second] };
    }
    const verdict = logits.indexOf(Math.max(...logits));
    const others = scaled.filter((_, k) => k !== verdict);
    const most = Math.max(...others);
    const odds = scaled[verdict] - most - Math.log(others.reduce((sum, x) => sum + Math.exp(x - most), 0));
    return { logits, verdict, unsure: odds < unsureBelow, probabilities: [...softmax(scaled)] };
  }

  /** The tokens of a text, each with its kind, and what the network says of them. */
  read(text) {
    const { tokens, kept, ids } = this.tokenizer.encode(text);
    const inputs = this.network.inputs(ids);
    const read = this.network.read(inputs, ids.length);
    const words = tokens.map((token) => ({ ...token, kind: "left out" }));
    for (const index of kept) words[index].kind = words[index].id === UNKNOWN ? "unknown" : "known";
    const empty = !tokens.some((token) => isWord(token.token) && token.id !== UNKNOWN);
    return { ids, kept, inputs, read, words, empty, ...this.decided(read.logits) };
  }

  /** The classes that are explained: of two the second against the first, else the two likeliest. */
  pair({ logits }) {
    if (logits.length === 1) return { of: 1, against: 0, direction: [1] };
    const order = logits.map((_, k) => k).sort((a, b) => logits[b] - logits[a] || a - b);
    const direction = logits.map((_, k) => (k === order[0] ? 1 : k === order[1] ? -1 : 0));
    return { of: order[0], against: order[1], direction };
  }

  /** The prefix logits of T tokens at these lengths, one at a time: a generator of [length, logit]. */
  *prefixes({ ids }, lengths, direction) {
    for (const length of lengths) {
      const logits = this.network.logits(ids.subarray(0, length));
      yield [length, logits.reduce((sum, logit, k) => sum + logit * direction[k], 0)];
    }
  }
}
