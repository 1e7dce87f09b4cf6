# One image for every service: `args: ["-m", "services.NAME"]`. How it was checked: docs/running.md.
# Pin the images below by digest where you build (`docker buildx imagetools inspect`); tags are pinned here.
FROM node:20.20.2-bookworm-slim AS pages
WORKDIR /pages
COPY shared/pages/npm/ ./
RUN npm ci --ignore-scripts --omit=optional --no-audit --no-fund \
 && mkdir static \
 && node_modules/.bin/sass --style=compressed --no-source-map --load-path=node_modules pages.scss static/pages.css \
 && cp pages.js favicon.svg node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js static/

FROM node:20.20.2-bookworm-slim AS typefaces
WORKDIR /typefaces
COPY services/desk/npm/ ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11.14-slim-bookworm AS packages
COPY requirements.txt /
RUN python -m venv /opt/upc \
 && /opt/upc/bin/python -m pip install --no-cache-dir --no-compile --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --requirement requirements.txt \
 && /opt/upc/bin/python -m pip uninstall --yes --quiet pip setuptools
COPY --from=typefaces /typefaces /typefaces
RUN /opt/upc/bin/python /typefaces/unpack.py /typefaces/node_modules /fonts

FROM python:3.11.14-slim-bookworm
RUN groupadd --system --gid 10001 upc && useradd --system --uid 10001 --gid upc --no-create-home --home-dir /nonexistent upc
COPY --from=packages /opt/upc /opt/upc
WORKDIR /srv
COPY shared/ shared/
COPY services/ services/
COPY upc/ upc/
COPY --from=pages /pages/static shared/pages/static/
COPY --from=packages /fonts services/desk/fonts/
RUN /opt/upc/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/upc/lib shared services upc
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["/opt/upc/bin/python"]
CMD ["-m", "services.intake"]
