#!/bin/bash
# What the official image's entrypoint does for the shop: an empty volume gets a database, its user and the time zones;
# then the server runs as the user mysql.
set -euo pipefail
data=/var/lib/mysql socket=/run/mysqld/mysqld.sock

quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\'\'}"
}

as_administrator() {
    mysql --no-defaults --user=root --socket="$socket" "$@"
}

set_up() {
    local server
    gosu mysql mysqld --no-defaults --initialize-insecure --datadir="$data"
    gosu mysql mysqld --no-defaults --skip-networking --mysqlx=OFF --datadir="$data" --socket="$socket" &
    server=$!
    until mysqladmin --no-defaults --user=root --socket="$socket" ping >/dev/null 2>&1; do
        kill -0 "$server"
        sleep 0.2
    done
    mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null | as_administrator mysql
    as_administrator <<SQL
CREATE DATABASE \`${MYSQL_DATABASE:?}\`;
CREATE USER '${MYSQL_USER:?}'@'%' IDENTIFIED BY $(quoted "${MYSQL_PASSWORD:?}");
GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';
CREATE USER 'root'@'%' IDENTIFIED BY $(quoted "${MYSQL_ROOT_PASSWORD:?}");
GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;
ALTER USER 'root'@'localhost' IDENTIFIED BY $(quoted "$MYSQL_ROOT_PASSWORD");
SQL
    kill "$server"
    wait "$server"
}

[ "${1:-}" = mysqld ] || exec "$@"
shift
chown mysql:mysql "$data" /run/mysqld
[ -d "$data/mysql" ] || set_up
exec gosu mysql mysqld --no-defaults --datadir="$data" --socket="$socket" --bind-address=0.0.0.0 --mysqlx=OFF "$@"
