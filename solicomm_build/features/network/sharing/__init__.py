"""What hubs share beside conferences: libraries, sites of unions, people, indexes of the search."""
