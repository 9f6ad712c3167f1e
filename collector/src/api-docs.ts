// The OpenAPI description of the query API and the page that shows it. Loads nothing from elsewhere.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

export function apiDocs(version: string) {
  const plugin = async (app: FastifyInstance): Promise<void> => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Tollgate collector',
          description:
            'Spend, latency and completeness of LLM calls. Times are RFC 3339, money is a decimal string of USD.',
          version,
        },
        components: { securitySchemes: { adminToken: { type: 'http', scheme: 'bearer' } } },
        security: [{ adminToken: [] }],
      },
      transform: jsonSchemaTransform,
    });
    await app.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: false,
      uiConfig: { validatorUrl: null, docExpansion: 'list', persistAuthorization: false },
    });
  };
  // Seen by the routes registered beside it, not only by its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
