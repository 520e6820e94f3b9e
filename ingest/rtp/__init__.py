"""RTP: packets walked in place, access units put together, NAL units unpacked when wanted."""
