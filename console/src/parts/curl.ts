/** A command that sends a request again, or for the first time. */

/** Quote a text for a POSIX shell. */
export const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Write the command; the key is the reader's own, and stands there by its variable's name. */
export const curl = (origin: string, path: string, body: string) =>
  [
    `curl -X POST ${quoted(`${origin}${path}`)}`,
    `-H 'Content-Type: application/json'`,
    `-H "Authorization: Bearer $SHOPKEEPER_API_KEY"`,
    `--data-binary ${quoted(body)}`,
  ].join(' \\\n  ');
