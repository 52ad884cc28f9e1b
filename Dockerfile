# Debian, not Alpine: the Node binary that npm may install is built for glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY frontend/package.json frontend/
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json .swcrc ./
COPY src src
RUN npm run build
COPY openapi.json ./
COPY tools tools
COPY frontend frontend
RUN npm run build:ui

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY frontend/package.json frontend/
# The pages are built: their packages are not needed to serve them.
RUN npm ci --ignore-scripts --omit=dev --omit=optional --workspaces=false

FROM node:24-bookworm-slim
ENV NODE_ENV=production BERTH_ENV=production
WORKDIR /app
# The state directory belongs to the user of the image, so that a new named volume does too.
RUN install -d -o node -g node -m 0700 /data
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/dist-ui dist-ui
COPY package.json LICENSE ./
COPY config config
USER node
VOLUME /data
EXPOSE 3000
# Alive, not ready: a container that waits for its disk must not be killed for it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.BERTH_HTTP_PORT ?? 3000) + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Berth handles SIGTERM itself, so it needs no init process.
CMD ["node", "--max-semi-space-size=8", "dist/main.js"]
