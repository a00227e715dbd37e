# The service in one image: `serendipity run`, or `web` and `worker` apart.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/serendipity \
    && /opt/serendipity/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY graph_schema ./graph_schema
COPY serendipity ./serendipity
RUN /opt/serendipity/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 serendipity \
    && useradd --system --uid 10001 --gid serendipity --home-dir /data serendipity \
    && install --directory --owner serendipity --group serendipity /data
COPY --from=build /opt/serendipity /opt/serendipity
ENV PATH=/opt/serendipity/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SERENDIPITY_DATA_DIR=/data \
    SERENDIPITY_HOST=0.0.0.0 \
    SERENDIPITY_PORT=8000
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["serendipity", "run"]
