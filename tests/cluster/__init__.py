"""A hub on three machines, by real programs: network namespaces, etcd, sshd, git, `serve`."""
