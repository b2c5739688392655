# Stands in for postgres:18: Debian's PostgreSQL 15, with what docker-compose.yml asks of the image.
FROM attesta-stand-in/debian
# The numbers that the official image has.
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-15 \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /var/lib/postgresql/* \
    && mkdir -p /docker-entrypoint-initdb.d && chown postgres:postgres /var/lib/postgresql
# As in the official image: the server may run as anybody.
RUN chmod 3777 /var/run/postgresql
COPY --chown=postgres:postgres postgres.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/15/docker
ENTRYPOINT ["/bin/sh", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["postgres"]
