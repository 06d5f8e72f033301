#pragma once

#include "lib/model/media.h"

#include <boost/system/result.hpp>

#include <string>

namespace postrider {

/// Why there is no such file, or it must not be sent; without its name, which may be somebody's.
struct MediaFault {
    std::string what;
    bool passing = false;  ///< it is none of the file's: later it may be found
};

/// Where the files of messages are. Used on the loop thread, so it looks at files without reading them.
class MediaSource {
public:
    virtual ~MediaSource() = default;
    virtual boost::system::result<MediaFile, MediaFault> find(const Media& media) = 0;
};

}  // namespace postrider
