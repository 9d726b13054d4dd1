// forwarded() needs environ, and adds a marble of its name.

import { type ForwardedOptions, forwarded } from '../../pipes/forwarded.ts'
import { http } from '../../pipes/http.ts'
import { part, stack } from '../../src/index.ts'

stack(http(), forwarded({ trust: ['unix'] }), ({ forwarded }) => forwarded.remote?.length ?? forwarded.port.toFixed())
stack(
  http(),
  part(forwarded({ trust: [], header: 'forwarded' }), ({ forwarded }) => forwarded.by),
)
// @ts-expect-error Nobody above it adds environ.
stack(forwarded({ trust: [] }), http())
// @ts-expect-error It adds forwarded, not remote.
stack(http(), forwarded({ trust: [] }), ({ remote }) => remote)
// @ts-expect-error Whom to trust must be said.
forwarded({})
// @ts-expect-error One kind of field, and not both.
const both: ForwardedOptions = { trust: [], header: 'both' }

export { both }
