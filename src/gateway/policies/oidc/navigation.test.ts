import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import { RequestHead } from '../../../net/http/message.ts';
import { isNavigation } from './navigation.ts';

function head(fields: Readonly<Record<string, string>>, method = 'GET', upgrade = ''): RequestHead {
  const flat = Object.entries(fields).flat();
  return new RequestHead(method, 'http', 'a', '/', '', 11, new HeaderList(flat), 0, false, upgrade, false);
}

const html = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };

test('a page that a browser opens is a navigation', () => {
  assert.ok(isNavigation(head(html)));
  assert.ok(isNavigation(head(html, 'HEAD')));
  assert.ok(isNavigation(head({ ...html, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })));
  assert.ok(isNavigation(head({ ...html, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })));
});

test('calls of programs and scripts, forms, prefetches and WebSockets are none', () => {
  const others = [
    head({}),
    head({ accept: '*/*' }),
    head({ accept: 'application/json' }),
    head({ ...html, 'x-requested-with': 'XMLHttpRequest' }),
    head({ ...html, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }),
    head({ ...html, 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty' }),
    head({ ...html, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'image' }),
    head({ ...html, 'sec-purpose': 'prefetch' }),
    head(html, 'POST'),
    head(html, 'GET', 'websocket'),
  ];
  for (const other of others) assert.equal(isNavigation(other), false);
});
