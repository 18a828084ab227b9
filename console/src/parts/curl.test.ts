import { expect, test } from 'vitest';

import { curl, quoted } from './curl';

test('nothing in an event ends the quotes of the command', () => {
  expect(quoted(`it's $(rm -rf /)`)).toBe(String.raw`'it'\''s $(rm -rf /)'`);
});

test('a command sends the body to the path, with the key by its name', () => {
  expect(curl('http://127.0.0.1:8765', '/v1/track', '{"event": "x"}')).toBe(
    [
      "curl -X POST 'http://127.0.0.1:8765/v1/track' \\",
      "  -H 'Content-Type: application/json' \\",
      '  -H "Authorization: Bearer $SHOPKEEPER_API_KEY" \\',
      `  --data-binary '{"event": "x"}'`,
    ].join('\n'),
  );
});
