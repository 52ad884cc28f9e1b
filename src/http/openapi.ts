/**
 * Builds the OpenAPI document of a running application. The file openapi.json at the root is made by tools/openapi.mjs from dist/,
 * where the compiler's metadata (dist/metadata.js) is at hand; in tests run from source that metadata may be missing.
 */
import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { problemExamples } from './api-problems.js';

const DESCRIPTION = `Reserve CPU, memory, storage and GPUs on the machines you already own, and run containers there.

Press **Authorize** and enter the token that Berth printed at its first start; then every call can be tried here.
Reads come from Berth's own memory: they never wait for a machine, and say how old each value is.
A change that is answered with 2xx is on disk. Send an \`Idempotency-Key\` and it can be repeated safely.`;

/** `status_live` for `StatusController.live`; operations that name themselves keep their name. */
function operationId(controllerKey: string, methodKey: string): string {
  const room = controllerKey.replace(/Controller$/, '');
  return `${room.charAt(0).toLowerCase()}${room.slice(1)}_${methodKey}`;
}

async function loadMetadata(load: (make: () => Promise<Record<string, unknown>>) => Promise<void>): Promise<void> {
  // Written by `nest build`; not a literal, so that the compiler does not look for it.
  const path: string = '../metadata.js';
  const module: { default?: () => Promise<Record<string, unknown>> } | null = await import(path).catch(() => null);
  if (module?.default) await load(module.default);
}

export async function buildDocument(app: INestApplication, version: string): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  await loadMetadata((make) => SwaggerModule.loadPluginMetadata(make));
  const config = new DocumentBuilder()
    .setTitle('Berth')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The admin token: berth_…' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  document.components = { ...document.components, examples: problemExamples() };
  openPublicRoutes(document);
  return document;
}

/** What `@ApiPublic()` marked asks for no token in the document either. */
function openPublicRoutes(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post]) {
      if (!operation || !Object.hasOwn(operation, 'x-public')) continue;
      Reflect.deleteProperty(operation, 'x-public');
      operation.security = [];
    }
  }
}
