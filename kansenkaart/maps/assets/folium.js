// folium writes popups as $(`<div>...</div>`)[0]: this stands in for jQuery, for the layers a user adds.
var $ = (markup) => [new DOMParser().parseFromString(markup, "text/html").body.firstElementChild];
