/** Controls, which a terminal obeys. */
const controls = String.raw`\p{Cc}`;

/** What breaks a line, turns its direction or hides in it, as https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing warns of. */
const unseen = String.raw`\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF`;

const unsafe = new RegExp(`[${controls}${unseen}]`, 'gu');
const unsafeInLines = new RegExp(String.raw`(?![\n\t])[${controls}${unseen}]`, 'gu');

/** Text that others chose, such as a key, on one line that hides nothing and that a terminal may have. */
export function plainLine(text: string): string {
  return text.replaceAll(unsafe, '\uFFFD');
}

/** As `plainLine`, for text that may have several lines. */
export function plainText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(unsafeInLines, '\uFFFD');
}

/** A message as one sentence on one line: its line breaks are spaces. */
export function plainSentence(text: string): string {
  return plainLine(text.replaceAll(/[^\S ]*[\n\r\t\u2028\u2029]\s*/g, ' ').trim());
}
