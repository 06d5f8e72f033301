#pragma once

#include "lib/async/task.h"
#include "lib/model/media.h"

#include <boost/system/result.hpp>

#include <string>

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
};

}  // namespace postrider
