"""What came back: failures counted, members asked, mail to dead addresses stopped."""
