import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the process keeps what must outlive it: `WAYGATE_STATE_DIR`, else `waygate` in `XDG_STATE_HOME`, else in
 * `~/.local/state` (XDG Base Directory Specification). Nobody has made it yet.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const { WAYGATE_STATE_DIR: own = '', XDG_STATE_HOME: state = '' } = env;
  if (own !== '') return own;
  // The specification has relative paths ignored.
  return join(state.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'waygate');
}
