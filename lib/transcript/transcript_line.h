#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// A message as a transcript tells of it.
struct TranscriptEntry {
    bool incoming = false;
    std::string address;    ///< of the person: whom it went to, or who wrote it
    std::string timestamp;  ///< when it was sent or came in, ISO 8601 with the zone's distance to UTC
    std::string message;
    bool errored = false;
    std::optional<std::string> channel;  ///< nothing: not known
};

enum class TranscriptFormat {
    tsv,         ///< as the Django package's
    csv,         ///< RFC 4180
    json_lines,  ///< one object a line
};

/// What comes before all lines; may be empty.
std::string transcript_head(TranscriptFormat format);
/// With its end of line.
std::string transcript_line(TranscriptFormat format, const TranscriptEntry& entry);

/// A moment as the Django package writes it, `2026-01-31T09:00:00-06:00`, fractions only where there are any.
/// `wall`: what clocks of the place show, as PostgreSQL's to_char writes `YYYY-MM-DD"T"HH24:MI:SS.US`;
/// `offset_seconds`: what they are ahead of UTC.
std::string transcript_time(std::string_view wall, int offset_seconds);

}  // namespace postrider
