#pragma once

#include "lib/async/task.h"
#include "lib/model/media.h"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Why there is no such file, or it must not be sent; without its name, which may be somebody's.
struct MediaFault {
    std::string what;
    bool passing = false;  ///< it is none of the file's: later it may be found
};

/// Where the files of messages are. Loop thread only.
class MediaSource {
public:
    virtual ~MediaSource() = default;
    /// May wait for a disk. The file is looked at, not read.
    virtual Task<boost::system::result<MediaFile, MediaFault>> find(Media media) = 0;

    /// The types that a file of this one can be made into, the best first.
    virtual std::vector<std::string> types_from(std::string_view /*content_type*/) const { return {}; }
    /// The file made into one of them, to be fetched under its URL. May take seconds. A file that is none of
    /// its type, or damaged, or too large to be looked into, is a fault that does not pass.
    virtual Task<boost::system::result<MediaFile, MediaFault>> convert(Media media, MediaForm form);
};

}  // namespace postrider
