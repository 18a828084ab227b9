/** A mapping as a mapping file says it, and the changes that the form makes to it. What it means, the server checks. */

export type MappingDoc = Readonly<Record<string, unknown>>;

/** The body that asks about a mapping: the contract knows one as any object. */
export const asBody = (mapping: MappingDoc) => ({ mapping: mapping as Record<string, never> });

/** What a mapping says besides which column is which field. */
const OPTIONS = new Set([
  ...['kind', 'source', 'zone', 'dates', 'money', 'decimal', 'encoding', 'delimiter', 'header', 'empty'],
  ...['event', 'constants', 'cost_share', 'as_of', 'offer_kind'],
  ...['purposes', 'said', 'evidence', 'shown'],
]);

/** Fields that take others' place. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  amount: ['price'],
  price: ['amount'],
  event_column: ['event'],
  timestamp: ['as_of'],
  states: ['purpose', 'purposes', 'state', 'said'],
  purpose: ['purposes', 'states'],
  purposes: ['purpose', 'states'],
  state: ['said', 'states'],
  said: ['state', 'states'],
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** The field that a column is given: `order_id`, `customer.user_id`, `properties.*`, or empty. */
export function fieldOf(mapping: MappingDoc, column: string, free: readonly string[] = []): string {
  for (const [field, value] of Object.entries(mapping)) {
    if (OPTIONS.has(field)) continue;
    if (isRecord(value)) {
      const inner = Object.keys(value).find((key) => value[key] === column);
      if (inner !== undefined) return free.includes(`${field}.*`) ? `${field}.*` : `${field}.${inner}`;
    } else if (listed(value).includes(column)) return field;
  }
  return '';
}

/** Take a column out of whatever field it has. */
function without(mapping: MappingDoc, column: string): Record<string, unknown> {
  const left: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(mapping)) {
    if (OPTIONS.has(field)) left[field] = value;
    else if (isRecord(value)) {
      const kept = Object.entries(value).filter(([, named]) => named !== column);
      if (kept.length > 0) left[field] = Object.fromEntries(kept);
    } else if (Array.isArray(value)) {
      const kept = value.filter((named) => named !== column);
      if (kept.length > 0) left[field] = kept.length === 1 ? kept[0] : kept;
    } else if (value !== column) left[field] = value;
  }
  return left;
}

const leaving = (mapping: MappingDoc, names: readonly string[] = []): MappingDoc =>
  Object.fromEntries(Object.entries(mapping).filter(([field]) => !names.includes(field)));

/** Give a column a field, empty for none; `key` names it where it is kept under a name of its own. */
export function withField(
  mapping: MappingDoc,
  column: string,
  field: string,
  { key, several }: { key: string; several: boolean },
): MappingDoc {
  if (field === '') return without(mapping, column);
  const [outer = field, inner] = field.split('.', 2);
  const left = leaving(without(mapping, column), INSTEAD[outer]);
  if (inner !== undefined) {
    const before = isRecord(left[outer]) ? left[outer] : {};
    const own = outer === 'customer' ? {} : before;
    return { ...left, [outer]: { ...own, [inner === '*' ? key : inner]: column } };
  }
  return { ...left, [outer]: several && left[outer] !== undefined ? [...listed(left[outer]), column] : column };
}

/** Set what a mapping says besides columns; an empty text or list takes it out. */
export function withOption(mapping: MappingDoc, name: string, value: string | number | readonly string[]): MappingDoc {
  const empty = value === '' || (Array.isArray(value) && value.length === 0);
  return empty ? leaving(mapping, [name]) : { ...leaving(mapping, [name, ...(INSTEAD[name] ?? [])]), [name]: value };
}

/** Read an option as a text for a form. */
export const optionOf = (mapping: MappingDoc, name: string): string => optionsOf(mapping, name)[0] ?? '';

/** Read an option that may be several texts. */
export const optionsOf = (mapping: MappingDoc, name: string): string[] =>
  listed(mapping[name])
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map(String);
