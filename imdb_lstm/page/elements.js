// What the other parts of the page use: elements, and numbers as text.
"use strict";

const by = (id) => document.getElementById(id);
const { classes, threshold } = JSON.parse(by("settings").textContent);
const two = classes.length === 2; // then there is one logit, of the second
const percent = (value) => `${(100 * value).toFixed(1)}\u00A0%`;
const signed = (value, digits = 2) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);

/** An element, or a piece of a figure with ``svg``. */
function element(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

function svg(tag, attributes = {}, ...children) {
  const found = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}
