# Stands in for prom/alertmanager: Debian's.
FROM attesta-stand-in/debian
RUN apt-get update \
    && apt-get install --yes --no-install-recommends prometheus-alertmanager wget \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
    && mkdir /alertmanager && chown nobody:nogroup /alertmanager
USER nobody
ENTRYPOINT ["/usr/bin/prometheus-alertmanager"]
