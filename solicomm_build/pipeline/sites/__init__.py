"""Union sites: from a repository to pages, each site for itself, so that none can harm another."""
