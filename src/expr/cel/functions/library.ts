import { access } from './access.ts';
import { conversions } from './conversions.ts';
import { encoders } from './encoders.ts';
import { formatFunctions } from './format.ts';
import { gatewayFunctions } from './gateway.ts';
import { headerFunctions } from './headers.ts';
import { logicForms } from './logic.ts';
import { mathFunctions } from './math.ts';
import { networkFunctions } from './network.ts';
import { operators } from './operators.ts';
import { optionalFunctions } from './optionals.ts';
import { regexFunctions } from './regex.ts';
import { secretFunctions } from './secrets.ts';
import { stringFunctions } from './strings.ts';
import { FunctionTable } from './table.ts';
import { timeFunctions } from './time.ts';
import { uriFunctions } from './uri.ts';

/** Every function of the gateway's CEL: the standard ones, the extensions, and agentgateway's own. */
export const library: FunctionTable = new FunctionTable([
  logicForms,
  operators,
  access,
  conversions,
  stringFunctions,
  formatFunctions,
  regexFunctions,
  timeFunctions,
  optionalFunctions,
  mathFunctions,
  encoders,
  gatewayFunctions,
  networkFunctions,
  uriFunctions,
  headerFunctions,
  secretFunctions,
]);
