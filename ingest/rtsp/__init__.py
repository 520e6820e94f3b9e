"""RTSP 1.0 (RFC 2326): messages, SDP, log-in and the session of one camera."""
