// Drives `@segment/analytics-node`: a line of JSON in is a call or a flush, a line out says what became of it.
import { createInterface } from 'node:readline'

import { Analytics } from '@segment/analytics-node'

const [writeKey, host] = process.argv.slice(2)
const analytics = new Analytics({ writeKey, host, flushInterval: 50 })
let refused = []
analytics.on('error', ({ reason }) => refused.push(String(reason)))

for await (const line of createInterface({ input: process.stdin })) {
  const { call, said } = JSON.parse(line)
  if (call === 'flush') {
    await analytics.flush()
    console.log(JSON.stringify(refused))
    refused = []
  } else {
    if (said.timestamp) said.timestamp = new Date(said.timestamp)
    analytics[call](said)
  }
}
