"""Many posts as one mail: daily, weekly or when it is full."""
