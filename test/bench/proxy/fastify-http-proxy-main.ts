// A peer: @fastify/http-proxy as its documentation shows it.
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const app = fastify();
await app.register(httpProxy, { upstream: `http://127.0.0.1:${process.argv[2]}` });
await app.listen({ host: '127.0.0.1', port: 0 });
const address = app.server.address();
if (typeof address === 'object') process.send?.({ port: address?.port });
