# Stands in for apache/kafka: Apache's own jars from Maven on Debian's Java, set by KAFKA_ variables.
FROM attesta-stand-in/debian
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openjdk-17-jre-headless \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
    && useradd --uid 1000 appuser && mkdir -p /var/lib/kafka/data && chown appuser /var/lib/kafka/data
COPY kafka-jars /opt/kafka/libs
COPY kafka.sh /etc/kafka/docker/run
USER appuser
CMD ["/bin/sh", "/etc/kafka/docker/run"]
