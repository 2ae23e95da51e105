// node answers.js PAGE < questions.json: the answers of the programs in a page, as JSON.
// Questions: {texts: [...], reviews: [[id, ...], ...], lines: [{start, end, direction, fractions}]}.
"use strict";
const fs = require("fs");
const vm = require("vm");

const page = fs.readFileSync(process.argv[2], "utf8");
const part = (id) => new RegExp(`<script[^>]* id="${id}">(.*?)</script>`, "s").exec(page)[1];
globalThis.self = globalThis; // where the worker would listen
vm.runInThisContext(`${part("worker")}; globalThis.page = { Model, Line, integratedGradients, fromBase64 };`);
const { Model, Line, integratedGradients, fromBase64 } = globalThis.page;
const model = new Model(JSON.parse(part("settings")), fromBase64(part("weights")));
const { texts = [], reviews = [], lines = [] } = JSON.parse(fs.readFileSync(0, "utf8"));

const found = {
  texts: texts.map((text) => {
    const { ids, kept, tokens } = model.tokenizer.encode(text);
    return { ids: [...ids], kept, places: tokens.map(({ token, start, end }) => [token, start, end]) };
  }),
  reviews: reviews.map((ids) => model.decided(model.network.logits(Int32Array.from(ids)))),
  lines: lines.map(({ start, end, direction, fractions }) => {
    const line = new Line(model.network, Int32Array.from(start), Int32Array.from(end), direction);
    const points = fractions.map((fraction) => line.at(fraction));
    const all = [...integratedGradients(model.network, Int32Array.from(end), direction, 0.001)];
    const work = integratedGradients(model.network, Int32Array.from(end), direction, 0.001);
    let last;
    do last = work.next();
    while (!last.done);
    return {
      rounds: all.filter((each) => each).length,
      logits: points.map(({ logit }) => logit),
      slopes: points.map(({ read }) => [...line.slopes(read)]),
      contributions: { ...last.value, values: [...last.value.values] },
    };
  }),
};
process.stdout.write(JSON.stringify(found));
