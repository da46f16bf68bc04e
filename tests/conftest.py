"""The real parts that tests stand on: sshd, NGINX, hosts in network namespaces, whole labs."""

pytest_plugins = ["tests.lab.fixtures"]
