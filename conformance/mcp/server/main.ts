/** `node conformance/mcp/server/main.ts both|older|newer [port]`: the reference upstream, by hand. */
import { allEras } from './eras.ts';
import { startReference } from './reference.ts';

const eras = allEras.find((one) => one === process.argv[2]) ?? 'both';
const { url } = await startReference(eras, Number(process.argv[3] ?? 0));
process.stdout.write(`${eras}: ${url}\n`);
