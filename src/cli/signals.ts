const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `stop` for every request to stop, with its number from 1. `bin/waygate` on an older Node relays signals as
 * messages; a terminal's Ctrl-C then arrives both ways, so each way is counted for itself and the larger count is taken.
 * When that parent is gone, this counts as a request too.
 */
export function onStopRequests(stop: (count: number) => void): void {
  let direct = 0;
  let relayed = 0;
  let told = 0;
  const update = (): void => {
    const count = Math.max(direct, relayed);
    if (count > told) stop((told = count));
  };
  for (const signal of stopSignals) {
    process.on(signal, () => {
      direct++;
      update();
    });
  }
  if (process.send === undefined) return;
  process.on('message', (message: { signal?: unknown }) => {
    if (typeof message.signal !== 'string') return;
    relayed++;
    update();
  });
  process.on('disconnect', () => {
    relayed = Math.max(relayed, 1);
    update();
  });
  process.send('relaySignals');
  // The channel must not keep a gateway alive that has nothing left to do.
  process.channel?.unref();
}
