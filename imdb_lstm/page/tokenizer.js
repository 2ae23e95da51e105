// From a raw text to the ids that the network reads: imdb_lstm/text in JavaScript, rule for rule.
//
// clean: entities, markup, lower case, one form of each letter and mark.
// split: the patterns of tokens, by the properties of Unicode's characters.
// Vocabulary: an id for each token; 1 is an unknown word.
//
// A cleaned text carries, for each of its characters, where that character is in the raw text, so
// that words can be marked there. Offsets count UTF-16 units, as JavaScript's strings do.
"use strict";

// ---- Characters -------------------------------------------------------------------------------

// Letters of scripts that put no space between words.
const SPACELESS = String.raw`[[[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Bopomofo}\p{sc=Javanese}\p{sc=Balinese}
  \p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tai_Le}\p{sc=New_Tai_Lue}\p{sc=Tai_Tham}\p{sc=Tai_Viet}\p{sc=Ahom}
  \u30FC\uFF70]--[\u17F0-\u17F9\u19DA]]&&[\p{L}\p{Nl}\p{No}]]`.replace(/\s+/g, "");
const LETTER = String.raw`[[\p{L}\p{N}]--${SPACELESS}]`; // or digit
const MARKED = String.raw`[${LETTER}\p{M}]`;
const CHARACTER = String.raw`${SPACELESS}[\p{M}\u0E33\u0EB3\uFF9E\uFF9F]*`; // with its vowels
const PICTURE = String.raw`[\p{Emoji}--[0-9#*©®™]]`;
const PICTURE_END = String.raw`[\p{Emoji_Modifier}\p{M}\u{E0020}-\u{E007F}]*`; // skin, region
const FLAG_OR_KEY = String.raw`\p{Regional_Indicator}{2}|[0-9#*]\u20E3`;
const EMOJI = `${FLAG_OR_KEY}|${PICTURE}${PICTURE_END}(?:\\u200D+${PICTURE}${PICTURE_END})*`;

// ---- Tokens -----------------------------------------------------------------------------------

const NUMBER = String.raw`\p{Nd}+(?:[.,\/]\p{Nd}+)+`; // scores stay whole: 7/10, 8.5/10
const STARS = String.raw`\*+`;
const PUNCTUATION = String.raw`[!?.,;:\(\)"]`;

/** A word with its contractions; ``marked``: the letters and marks in it. */
function wordPattern(marked) {
  return String.raw`${LETTER}${marked}*(?:'${LETTER}${marked}*|[\u200C\u200D]+${marked}+)*`;
}

// Compounds. (?=(?<name>X))\k<name> takes all of X and gives nothing of it back.
const START = `(?<![${MARKED}'])`;
const POSSESSIVE = `(?:'${LETTER}+)*`;
const ADDRESS =
  String.raw`${START}(?:(?:https?|ftp):\/\/|www\.(?=${LETTER}))` +
  String.raw`[${MARKED}_.~:\/?\#\[\]@!$\&'\(\)*+,;=%\-]*[${MARKED}\/]`;
const EMAIL =
  String.raw`${START}(?<!_|\p{Nd}[.,\/])${LETTER}[${MARKED}_.+\-]{0,63}@` +
  String.raw`(?:${LETTER}+[.\-])+(?=(?<domain>\p{L}{2,}))\k<domain>(?!${MARKED})${POSSESSIVE}`;
const NAME_OR_TAG =
  String.raw`(?<![${MARKED}_@\#])[@\#](?=[\p{N}_]*\p{L})` +
  String.raw`(?=(?<tag>[\p{L}\p{N}\p{M}_\u200C\u200D]+))\k<tag>` +
  String.raw`(?!(?<=_\p{Nd}+)[.,\/]\p{Nd})${POSSESSIVE}`;
const SIMPLE = [NUMBER, wordPattern(MARKED), CHARACTER, STARS, PUNCTUATION];
const TOKEN = new RegExp([ADDRESS, EMAIL, NAME_OR_TAG, EMOJI, ...SIMPLE].join("|"), "gv");
// The parts of an unknown token. Accents that no letter is composed with are between two parts.
const PART = new RegExp(
  [
    String.raw`(?<symbol>${FLAG_OR_KEY}|[${PICTURE}--\p{Emoji_Modifier}])`,
    NUMBER,
    `(?<word>${wordPattern(String.raw`[${MARKED}--[\u0300-\u036F]]`)})`,
    `(?<character>${CHARACTER})`,
    STARS,
    PUNCTUATION,
  ].join("|"),
  "gv",
);
const LETTER_OR_EMOJI = new RegExp(`\\p{L}|^(?:${EMOJI})$`, "v");

// ---- Cleaning ---------------------------------------------------------------------------------

const MARKUP = /<\/?[a-zA-Z!][^<>]{0,98}>/gu;
const ENTITY = /&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu;
const LONGEST_ENTITY = 40;
// A character and what it may be composed with.
const NEXT = String.raw`[\p{M}\u1160-\u11FF\uD7B0-\uD7FF\u{16D63}-\u{16D6A}]`;
const COMPOSABLE = new RegExp(String.raw`[^\x00-\x7F]${NEXT}*|[\x00-\x7F]${NEXT}+`, "gv");
const LATIN = /\p{sc=Latin}/v;
const OTHER_LETTER = /[\p{L}--\p{sc=Latin}]/v;

/** A text, and of each of its characters where the raw text has it: ``starts`` to ``ends``. */
class Placed {
  constructor(text, starts, ends) {
    this.text = text;
    this.starts = starts;
    this.ends = ends;
  }

  static raw(text) {
    const starts = Array.from({ length: text.length }, (_, index) => index);
    return new Placed(text, starts, starts.map((index) => index + 1));
  }

  /** The text with each match of a pattern replaced by ``change(match)``. */
  replaced(pattern, change) {
    const made = new Placed("", [], []);
    let end = 0;
    for (const found of this.text.matchAll(pattern)) {
      const old = found[0];
      const fresh = change(old);
      if (fresh === old) continue;
      made.take(this, end, found.index);
      let kept = 0; // characters at the end that stay: "it" of &notit;
      while (kept < Math.min(old.length, fresh.length) && old.at(-1 - kept) === fresh.at(-1 - kept)) kept++;
      end = found.index + old.length - kept;
      const changed = fresh.slice(0, fresh.length - kept);
      if (changed) made.add(changed, this.starts[found.index], this.ends[Math.max(end, found.index + 1) - 1]);
    }
    made.take(this, end, this.text.length);
    return made;
  }

  /** Append what another text has between two offsets. */
  take(other, start, end) {
    this.text += other.text.slice(start, end);
    for (let index = start; index < end; index++) {
      this.starts.push(other.starts[index]);
      this.ends.push(other.ends[index]);
    }
  }

  /** Append characters that stand for one stretch of the raw text. */
  add(text, start, end) {
    this.text += text;
    for (let index = 0; index < text.length; index++) {
      this.starts.push(start);
      this.ends.push(end);
    }
  }
}

/** Whether marks of other scripts are read: in a text of Latin letters alone they are left out. */
function readsMarks(text, marks) {
  if (![...text].some((letter) => marks.has(letter))) return false;
  return !LATIN.test(text) || OTHER_LETTER.test(text);
}

/** Lower case, and other characters in the place of those of the tables. */
function lowered(placed, letters, marks) {
  const lower = placed.text.toLowerCase(); // of the whole: the last sigma of a word is another one
  const replaced = readsMarks(lower, marks) ? new Map([...letters, ...marks]) : letters;
  const made = new Placed("", [], []);
  let at = 0;
  let read = 0; // in ``lower``
  for (const letter of placed.text) {
    const size = letter.toLowerCase().length;
    const end = at + letter.length;
    for (const small of lower.slice(read, read + size)) {
      made.add(replaced.get(small) ?? small, placed.starts[at], placed.ends[end - 1]);
    }
    at = end;
    read += size;
  }
  return made;
}

/** Splits texts.
 *
 * ``entities``: the characters of each name of HTML, such as "amp;" and "amp". ``letters``: what is
 * read in place of some characters, "" for selectors of a variant, so that ❤ and ❤️ are one;
 * ``marks``: likewise for punctuation of other scripts.
 */
class Tokenizer {
  constructor({ words, entities, letters, marks, maximumLength }) {
    this.ids = new Map(words.map((word, index) => [word, index + 2]));
    this.entities = new Map(Object.entries(entities));
    this.letters = new Map(Object.entries(letters));
    this.marks = new Map(Object.entries(marks));
    this.maximumLength = maximumLength;
  }

  /** The cleaned text. */
  clean(text) {
    const compose = (found) => found.normalize("NFC");
    const decoded = Placed.raw(text)
      .replaced(COMPOSABLE, compose)
      .replaced(ENTITY, (entity) => this.decoded(entity))
      .replaced(MARKUP, () => " ");
    return lowered(decoded, this.letters, this.marks).replaced(COMPOSABLE, compose);
  }

  /** The characters of an entity, as Python's html.unescape and HTML 5 define them. */
  decoded(entity) {
    if ([...entity].length > LONGEST_ENTITY) return "\uFFFD";
    if (entity[1] === "#") return numbered(entity.slice(2).replace(";", ""));
    const name = entity.slice(1);
    for (let size = name.length; size > 1; size--) {
      const found = this.entities.get(name.slice(0, size));
      if (found !== undefined) return found + name.slice(size);
    }
    return entity;
  }

  /** The tokens that the network reads: [{id, token, start, end}], offsets in the raw text. */
  locate(text) {
    const cleaned = this.clean(text);
    const found = [];
    let joinable = false; // whether the last one is
    for (const [start, end, kind] of this.parts(cleaned.text)) {
      if (joinable && kind && start === found.at(-1).to) found.at(-1).to = end;
      else found.push({ from: start, to: end });
      joinable = kind !== null;
    }
    return found.map(({ from, to }) => {
      const token = cleaned.text.slice(from, to);
      return { id: this.ids.get(token) ?? 1, token, start: cleaned.starts[from], end: cleaned.ends[to - 1] };
    });
  }

  /** Known tokens, and the parts that are read in place of unknown ones: [start, end, kind].
   *
   * ``kind``: of an unknown part that is joined with another one, "word" or "character", else null.
   */
  *parts(text) {
    for (const { 0: token, index } of text.matchAll(TOKEN)) {
      if (this.ids.has(token)) {
        yield [index, index + token.length, null];
        continue;
      }
      for (const part of token.matchAll(PART)) {
        const [start, end] = [index + part.index, index + part.index + part[0].length];
        if (this.ids.has(part[0])) yield [start, end, null];
        else if (part.groups.symbol === undefined) {
          yield [start, end, part.groups.word ? "word" : part.groups.character ? "character" : null];
        }
      }
    }
  }

  /** The ids that are read, at least one, and the tokens of all of them.
   *
   * Of a text that is too long the head and the tail are read: ``kept`` are the numbers of tokens.
   */
  encode(text) {
    const tokens = this.locate(text);
    if (!tokens.length) tokens.push({ id: 1, token: "", start: 0, end: 0 });
    const most = this.maximumLength;
    const tail = most >> 1;
    let kept = tokens.map((_, index) => index);
    if (kept.length > most) kept = [...kept.slice(0, most - tail), ...kept.slice(kept.length - tail)];
    return { tokens, kept, ids: Int32Array.from(kept, (index) => tokens[index].id) };
  }
}

/** Whether a token has a letter or is an emoji: no punctuation, stars or numbers. */
function isWord(token) {
  return LETTER_OR_EMOJI.test(token);
}

const WINDOWS_1252 =
  "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"; // what 128 to 159 mean on old pages

/** The character of an entity's number, "233" or "xE9". */
function numbered(digits) {
  const code = /^x/i.test(digits) ? parseInt(digits.slice(1), 16) : parseInt(digits, 10);
  if (code === 13) return "\r";
  if (code >= 128 && code < 160) return WINDOWS_1252[code - 128];
  if (code === 0 || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return "\uFFFD";
  const control = (code < 32 && ![9, 10, 12].includes(code)) || code === 127;
  const none = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
  return control || none ? "" : String.fromCodePoint(code);
}
