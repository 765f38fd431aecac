"""From a site's repository to its pages, each site for itself."""
