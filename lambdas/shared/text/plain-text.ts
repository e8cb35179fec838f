/** Controls, which a terminal executes. */
const controls = String.raw`\p{Cc}`;

/** Characters that can hide or spoof text: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing */
const unseen = String.raw`\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF`;

const unsafe = new RegExp(`[${controls}${unseen}]`, 'gu');
const unsafeInLines = new RegExp(String.raw`(?![\n\t])[${controls}${unseen}]`, 'gu');

/** Returns foreign text, such as a key, as one safe line: nothing in it is hidden or controls a terminal. */
export function plainLine(text: string): string {
  return text.replaceAll(unsafe, '\uFFFD');
}

/** Like `plainLine`, for text that may have several lines. */
export function plainText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(unsafeInLines, '\uFFFD');
}

/** Returns a message as one sentence on one line: line breaks become spaces. */
export function plainSentence(text: string): string {
  return plainLine(text.replaceAll(/[^\S ]*[\n\r\t\u2028\u2029]\s*/g, ' ').trim());
}

/** Returns the beginning of a text, at most this long, and an ellipsis; never half a character. */
export function truncateText(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}
