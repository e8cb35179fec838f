// @ts-check
// The table of media; the rest of the page needs no script. Names and answers are only ever inserted as text.
(() => {
  /**
   * A row as `rows.ts` writes it.
   *
   * @typedef {[outcome: number, key: string, analysis: string, columns: string, answer: string,
   *   tokensIn: number | null, tokensOut: number | null, usd: number | null, result: string | 0 | 1]} Row
   */

  const rowsPerPage = 50;
  const outcomes = ['✓ answered', '✕ failed', '? missing'];

  /** @type {Row[]} */
  const rows = JSON.parse(part('rows-data', HTMLElement).textContent ?? '[]');
  /** @type {{ console: string | null }} */
  const links = JSON.parse(part('links-data', HTMLElement).textContent ?? '{}');
  const shell = document.getElementById('table');
  if (shell === null || rows.length === 0) return;

  // The local AWS has no console.
  const isBeside = document.documentElement.dataset.results === 'beside';

  /** @type {{ name: string, heading: string, by?: (row: Row) => string | number }[]} `by` is what a column sorts by. */
  const columns = [
    { name: 'outcome', heading: 'Outcome', by: ([outcome]) => outcome },
    { name: 'key', heading: 'Media', by: ([, key]) => key },
    { name: 'analysis', heading: 'Analysis', by: ([, , analysis]) => analysis },
    { name: 'answer', heading: 'Answer, or why there is none' },
    // Without a price, sorted by tokens, which gives the same order.
    { name: 'cost', heading: 'Cost', by: (row) => row[7] ?? (row[5] ?? 0) + (row[6] ?? 0) },
    ...(isBeside || links.console !== null ? [{ name: 'result', heading: 'Result' }] : []),
  ];

  // Prepared once, because every key press searches 5,000 rows.
  const searched = new Map(rows.map((row) => [row, [row[1], row[2], row[3], row[4]].join('\n').toLowerCase()]));
  const inputs = {
    search: part('search', HTMLInputElement),
    outcome: part('outcome', HTMLSelectElement),
    analysis: part('analysis', HTMLSelectElement),
  };
  const pager = { previous: part('previous', HTMLButtonElement), next: part('next', HTMLButtonElement) };
  /** @type {{ page: number, column: number | undefined, isDescending: boolean }} */
  const state = { page: 0, column: undefined, isDescending: false };
  /** @type {Row[]} */
  let found = rows;

  const body = makeTable();
  for (const analysis of new Set(rows.map((row) => row[2]))) {
    inputs.analysis.append(element('option', { value: analysis }, analysis));
  }
  for (const control of Object.values(inputs)) control.addEventListener('input', find);
  pager.previous.addEventListener('click', () => turn(-1));
  pager.next.addEventListener('click', () => turn(1));
  shell.hidden = false;
  part('no-script', HTMLElement).hidden = true;
  find();

  function find() {
    const text = inputs.search.value.trim().toLowerCase();
    const { value: outcome } = inputs.outcome;
    const { value: analysis } = inputs.analysis;
    found = rows.filter(
      (row) =>
        (outcome === '' || String(row[0]) === outcome) &&
        (analysis === '' || row[2] === analysis) &&
        (text === '' || searched.get(row)?.includes(text)),
    );
    sort();
  }

  function sort() {
    const by = state.column === undefined ? undefined : columns[state.column]?.by;
    if (by !== undefined) {
      const sign = state.isDescending ? -1 : 1;
      found = found.toSorted((one, other) => sign * compare(by(one), by(other)));
    }
    state.page = 0;
    draw();
  }

  /** @param {number} pages */
  function turn(pages) {
    state.page += pages;
    draw();
    part('media', HTMLElement).scrollIntoView();
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(found.length / rowsPerPage));
    const first = state.page * rowsPerPage;
    const shown = found.slice(first, first + rowsPerPage);
    body.replaceChildren(...shown.map(rowElement));
    part('count', HTMLElement).textContent =
      found.length === 0
        ? 'No record matches.'
        : `${number(first + 1)} to ${number(first + shown.length)} of ${number(found.length)}${found.length < rows.length ? ` that match, ${number(rows.length)} in all` : ''}`;
    part('page', HTMLElement).textContent = `Page ${number(state.page + 1)} of ${number(pages)}`;
    pager.previous.disabled = state.page === 0;
    pager.next.disabled = state.page >= pages - 1;
  }

  function makeTable() {
    const headings = columns.map(({ name, heading, by }, at) => {
      const th = element('th', {
        scope: 'col',
        role: 'columnheader',
        class: `of-${name}${name === 'cost' ? ' number' : ''}`,
      });
      if (by === undefined) {
        th.textContent = heading;
        return th;
      }
      const sorter = element('button', { type: 'button' }, heading);
      sorter.addEventListener('click', () => {
        state.isDescending = state.column === at && !state.isDescending;
        state.column = at;
        for (const other of headings) other.removeAttribute('aria-sort');
        th.setAttribute('aria-sort', state.isDescending ? 'descending' : 'ascending');
        find();
      });
      th.append(sorter);
      return th;
    });
    const body = element('tbody', { role: 'rowgroup' });
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...headings));
    // On a phone the cells are stacked, and without these roles the table would lose its meaning.
    part('rows', HTMLElement).append(
      element('table', { role: 'table', 'aria-label': 'Media and answers' }, head, body),
    );
    return body;
  }

  /** @param {Row} row */
  function rowElement(row) {
    const [outcome, key, analysis, values, answer, tokensIn, tokensOut, usd] = row;
    const name = element('bdi', {}, key);
    const media =
      values === '' ? [name] : [name, element('br'), element('span', { class: 'muted' }, element('bdi', {}, values))];
    // Only answers that scroll need the keyboard focus.
    const mayScroll = answer.length > 120 || answer.includes('\n');
    const tokens = tokensIn === null ? [] : [muted(`${number(tokensIn)} in, ${number(tokensOut ?? 0)} out`)];
    const cost = usd === null ? tokens : [dollars(usd), element('br'), ...tokens];
    return element(
      'tr',
      { role: 'row' },
      element('td', { role: 'cell', class: `status-${outcome}` }, outcomes[outcome] ?? ''),
      element('th', { scope: 'row', role: 'rowheader' }, ...media),
      element('td', { role: 'cell' }, element('bdi', {}, analysis)),
      element('td', { role: 'cell' }, element('bdi', { class: 'answer', ...(mayScroll && { tabindex: '0' }) }, answer)),
      element('td', { role: 'cell', class: 'number' }, ...cost),
      ...(columns.at(-1)?.name === 'result' ? [element('td', { role: 'cell' }, ...resultLink(row))] : []),
    );
  }

  /** @param {Node | string} content */
  function muted(content) {
    return element('span', { class: 'muted' }, content);
  }

  /** @param {Row} row @returns {Node[]} */
  function resultLink([, key, analysis, , , , , , result]) {
    if (result === 0) return [];
    const name = encoded(result === 1 ? `${analysis}/${key}.json` : result);
    // The dot keeps a name with a colon from being a scheme.
    const href = isBeside ? `./${name}` : links.console === null ? undefined : `${links.console}${name}`;
    return href === undefined
      ? []
      : [element('a', { href, 'aria-label': `Result of ${analysis} for ${key}` }, 'result')];
  }

  /** @param {string} key */
  function encoded(key) {
    return key.toWellFormed().split('/').map(encodeURIComponent).join('/');
  }

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {Record<string, string>} attributes
   * @param {...(Node | string)} children
   */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  /** @param {string | number} one @param {string | number} other */
  function compare(one, other) {
    return one < other ? -1 : one > other ? 1 : 0;
  }

  /** @param {number} value */
  function number(value) {
    return value.toLocaleString('en-US');
  }

  /** @param {number} usd */
  function dollars(usd) {
    return usd === 0 ? '$0.00' : `$${usd.toFixed(usd < 1 ? Math.min(20, 2 - Math.floor(Math.log10(usd))) : 2)}`;
  }

  /**
   * Returns an element that the page must have.
   *
   * @template {HTMLElement} Kind
   * @param {string} id
   * @param {new () => Kind} kind
   */
  function part(id, kind) {
    const found = document.getElementById(id);
    if (!(found instanceof kind)) throw new TypeError(`The page has no ${kind.name} ${id}.`);
    return found;
  }
})();
