#pragma once

#include "lib/async/clock.h"
#include "lib/crypto/secret_box.h"
#include "lib/model/media.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// For how long a provider may fetch a file: Twilio keeps a message in its queue for up to 10 hours.
inline constexpr std::chrono::hours media_link_lasts{24};

/// The links under which providers fetch files: `PUBLIC_URL/media/TOKEN`. A token is the encrypted name of a
/// file, what it is made into, and when it expires: it tells nothing, nobody else can make one, and it is good on every host that
/// has the same secret.
class MediaLinks {
public:
    /// `secret` is the same on all hosts: the installation's.
    MediaLinks(std::string public_url, const Secret& secret);

    /// Whether anybody can follow them: there is a public URL.
    bool usable() const { return !public_url_.empty(); }

    /// To the file, or to what it is made into.
    std::string link(const Media& media, TimePoint now,
                     const std::optional<MediaForm>& form = std::nullopt) const;

    /// What a token stands for; nullopt if it is none of ours, or has expired.
    struct Target {
        Media media;
        std::optional<MediaForm> form;

        bool operator==(const Target&) const = default;
    };
    std::optional<Target> read(std::string_view token, TimePoint now) const;

private:
    std::string public_url_;
    SecretBox box_;
};

}  // namespace postrider
