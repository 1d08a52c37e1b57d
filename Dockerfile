# Endurance as a container: one process tree, user 1000, read-only but for /data.
#
#   docker build -t endurance .
#   docker run --read-only --cap-drop ALL -v endurance:/data -p 8080:8080 -e ENDURANCE_UPSTREAM=http://bot:9000 endurance
#
# For a build that can be repeated name the base by its digest: --build-arg PYTHON_IMAGE=docker.io/library/python@sha256:…
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
# The locked libraries are a layer of their own: a change of the code does not install them again.
COPY requirements-image.lock ./
RUN python3 -m venv /opt/endurance \
    && /opt/endurance/bin/python -m pip install --quiet --require-hashes -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY config ./config
COPY scorer ./scorer
COPY proxy ./proxy
COPY exporters ./exporters
COPY endurance ./endurance
# Nothing that builds, installs or downloads stays, nor what no code of ours reaches: 100 MB of place names for a geocoder,
# syntax colours, a second copy of the inference library for programs in C, its converters, and what numpy builds and tests
# itself with. The tests run what is left.
WORKDIR /opt/endurance/lib
RUN /opt/endurance/bin/python -m pip install --quiet --no-deps --no-build-isolation /src \
    && /opt/endurance/bin/python -m pip uninstall --quiet --yes \
        filelock fsspec hf-xet huggingface-hub pygments setuptools pip \
    && rm -r python3*/site-packages/phonenumbers/carrierdata \
        python3*/site-packages/phonenumbers/geodata \
        python3*/site-packages/onnxruntime/capi/libonnxruntime.so* \
        python3*/site-packages/onnxruntime/datasets \
        python3*/site-packages/onnxruntime/quantization \
        python3*/site-packages/onnxruntime/tools \
        python3*/site-packages/onnxruntime/transformers \
        python3*/site-packages/numpy/f2py \
        python3*/site-packages/numpy/ma \
        python3*/site-packages/numpy/polynomial \
        python3*/site-packages/numpy/random \
    && find . -type d \( -name tests -o -name test -o -name __pycache__ -o -path '*/numpy/distutils' \) -prune -exec rm -rf {} + \
    && find . -type f \( -path '*/numpy/_core/_simd.*' -o -path '*/numpy/_core/_multiarray_tests.*' \) -delete \
    && find . -type f \( -name '*.c' -o -name '*.h' -o -name '*.pxd' -o -name '*.pyi' -o -name '*.pyx' \) -delete \
    # What runs is compiled once, here: the root is read-only later.
    && /opt/endurance/bin/python -m compileall -q -j 0 .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Endurance" \
      org.opencontainers.image.description="Sidecar proxy that passes a chatbot's traffic through untouched and scores every answer" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 1000 endurance \
    && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin endurance \
    && install -d -o 1000 -g 1000 -m 0700 /data
COPY --from=build /opt/endurance /opt/endurance
# Traffic is for other containers; the admin port stays on loopback until keys are set (ENDURANCE_API_KEYS).
ENV PATH=/opt/endurance/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ENDURANCE_HOST=0.0.0.0 \
    ENDURANCE_DATA_DIR=/data
USER 1000:1000
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["endurance", "doctor", "--live"]
ENTRYPOINT ["endurance"]
CMD ["serve"]
