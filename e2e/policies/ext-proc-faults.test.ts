import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream } from '../../testkit/upstream.ts';
import {
  unchanged,
  startService,
  replying,
  text,
  policy,
  modes,
  echo,
  duplexed,
  type Call,
} from './ext-proc-support.ts';

test('an answer of the service that comes too late cuts the response', async () => {
  await using upstream = await echo();
  await using service = await replying((message) =>
    message.responseBody === undefined
      ? duplexed(message, 'fullDuplexStreamed')
      : { immediateResponse: { status: { code: 451 } } },
  );
  await using gateway = await startGateway(oneRoute(policy(service), upstream.host));
  await assert.rejects(send(gateway.port, { path: '/' }), /aborted|hang up/);
});

test('a service that fails ends the exchange, unless the file says that it goes on', async () => {
  await using upstream = await echo();
  const faults: readonly (readonly [string, (call: Call) => void])[] = [
    ['an error', (call) => call.end(13, 'boom')],
    ['silence', () => undefined],
    ['a reset', (call) => call.stream.close(2)],
    ['an answer to something else', (call) => call.reply({ responseTrailers: {} })],
    [
      'garbage',
      ({ stream }) => {
        if (stream.headersSent) return;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        stream.end(Buffer.from([0, 0, 0, 0, 3, 255, 255, 255]));
      },
    ],
  ];
  for (const [failureMode, expected] of [
    ['failClosed', [500, 'externalProcessingFailed']],
    ['failOpen', [200, 'got hello']],
  ] as const) {
    for (const mode of ['none', 'buffered', 'streamed', 'fullDuplexStreamed']) {
      for (const at of ['requestHeaders', 'responseHeaders']) {
        await using service = await startService(() => undefined);
        const more = `failureMode: ${failureMode}, messageTimeout: 150ms, ${modes(mode, mode)}`;
        await using gateway = await startGateway(oneRoute(policy(service, more), upstream.host));
        for (const [what, fault] of faults) {
          service.serve((call, message) => {
            if (message === null) return call.end();
            return at in message ? fault(call) : call.reply(duplexed(message, mode));
          });
          const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
          const where = `${failureMode} ${mode} ${at}: ${what}`;
          assert.equal(reply.status, expected[0], where);
          assert.match(reply.text, new RegExp(expected[1]), where);
        }
      }
    }
    await using gateway = await startGateway(
      oneRoute(policy(await closedHost(), `failureMode: ${failureMode}`), upstream.host),
    );
    const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
    assert.deepEqual([reply.status, reply.text.includes(expected[1])], [expected[0], true]);
    assert.ok(gateway.metric('policy_service_calls', { policy: 'extProc', outcome: 'failed' }) > 0);
  }
});

test('a service that leaves in good order is not asked again', async () => {
  await using upstream = await echo();
  await using service = await startService((call) => call.end());
  for (const mode of ['none', 'buffered', 'streamed', 'fullDuplexStreamed']) {
    await using gateway = await startGateway(oneRoute(policy(service, modes(mode, mode)), upstream.host));
    const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
    assert.deepEqual([reply.status, reply.text], [200, 'got hello'], mode);
  }
});

test('a service may ask for more time, as much as the file gives', async () => {
  await using upstream = await echo();
  const waiting: Call[] = [];
  await using service = await startService((call, message) => {
    if (message === null) return call.end();
    if (message.requestHeaders === undefined) return call.reply(unchanged(message));
    call.reply({ overrideMessageTimeout: { seconds: 5 } });
    waiting.push(call);
    return setTimeout(() => call.reply(unchanged(message)), 300);
  });
  const config = (most: string): string =>
    oneRoute(
      policy(service, `messageTimeout: 100ms, maxMessageTimeout: ${most}, ${modes('none', 'none')}`),
      upstream.host,
    );
  await using gateway = await startGateway(config('5s'));
  assert.equal((await send(gateway.port, { path: '/' })).status, 200);
  await gateway.reload(config('1s'));
  assert.equal((await send(gateway.port, { path: '/' })).status, 500);
});

test('a client that goes away ends the stream to the service', async () => {
  await using upstream = await startUpstream(() => undefined);
  for (const mode of ['none', 'fullDuplexStreamed']) {
    await using service = await replying((message) => duplexed(message, mode));
    await using gateway = await startGateway(oneRoute(policy(service, modes(mode, mode)), upstream.host));
    const controller = new AbortController();
    const before = upstream.requests.length;
    const pending = fetch(`http://127.0.0.1:${gateway.port}/`, {
      method: 'POST',
      body: 'x',
      signal: controller.signal,
    });
    await upstream.request(before + 1);
    controller.abort();
    await assert.rejects(pending);
    await eventually(() => service.calls[0]?.closed === true, 'the end of the stream');
  }
});

test('a large body comes whole through a service that streams', async () => {
  const size = 3_000_000;
  await using upstream = await startUpstream((request, response) => response.end(request.body));
  await using service = await replying((message) => duplexed(message, 'fullDuplexStreamed'));
  await using gateway = await startGateway(oneRoute(policy(service), upstream.host));
  const whole = Buffer.alloc(size, 'abcdefg');
  const reply = await send(gateway.port, { method: 'POST', path: '/', body: whole });
  assert.equal(reply.status, 200);
  assert.ok(Buffer.from(reply.text).equals(whole));
});

test('events of a stream reach the client one by one, through a service that streams', async () => {
  const next = Promise.withResolvers<void>();
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    void next.promise.then(() => response.end('data: 2\n\n'));
  });
  await using service = await replying((message) => duplexed(message, 'fullDuplexStreamed'));
  await using gateway = await startGateway(oneRoute(policy(service), upstream.host));
  const response = await fetch(`http://127.0.0.1:${gateway.port}/`);
  const reader = response.body?.getReader();
  assert.equal(text((await reader?.read())?.value), 'data: 1\n\n');
  next.resolve();
  assert.equal(text((await reader?.read())?.value), 'data: 2\n\n');
});

test('what another policy refuses is not shown to the service', async () => {
  await using upstream = await echo();
  await using service = await replying(unchanged);
  const config = `
    extProc: { host: "${service.host}" }
    ipAccess: { deny: ["127.0.0.0/8"] }`;
  await using gateway = await startGateway(oneRoute(config, upstream.host));
  assert.equal((await send(gateway.port, { path: '/' })).status, 403);
  assert.equal(service.calls.length, 0);
});

test('a service that does not read slows the upstream down', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  let written = 0;
  let blocked = false;
  await using upstream = await startUpstream((_request, response) => {
    const more = (): void => {
      blocked = false;
      while (written < 200_000_000 && !blocked) {
        written += chunk.byteLength;
        blocked = !response.write(chunk);
      }
    };
    response.on('drain', more);
    more();
  });
  for (const mode of ['streamed', 'fullDuplexStreamed']) {
    await using service = await replying((message, call) => {
      if (message.responseHeaders !== undefined) call.stream.pause();
      return duplexed(message, mode);
    });
    await using gateway = await startGateway(
      oneRoute(policy(service, `messageTimeout: 0s, ${modes('none', mode)}`), upstream.host),
    );
    written = 0;
    const controller = new AbortController();
    const pending = fetch(`http://127.0.0.1:${gateway.port}/`, { signal: controller.signal }).catch(() => undefined);
    let before = -1;
    // Nothing moves any more.
    await eventually(async () => {
      const still = blocked && written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return still;
    }, 'the upstream to stop');
    assert.ok(written < 50_000_000, `${mode}: ${written}`);
    controller.abort();
    await pending;
    await eventually(() => service.calls[0]?.closed === true, 'the end of the stream');
  }
});
