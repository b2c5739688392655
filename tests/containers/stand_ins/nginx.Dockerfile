# Stands in for nginxinc/nginx-unprivileged: Debian's nginx.
FROM attesta-stand-in/debian
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx-light wget \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /var/lib/nginx \
    && ln -s /tmp /var/lib/nginx && mkdir /var/log/nginx
EXPOSE 8080
USER 101:101
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
