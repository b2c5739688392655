# Stands in for python:3.13-slim: Debian's Python 3.11.
FROM attesta-stand-in/debian
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv python-is-python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
